//! `view!` as the web app knows it from Leptos, for a smaller app: elements become calls of `ui::element`, which are compiled
//! once, in place of a type for each combination of element, attributes and values. Components stay Leptos's.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeElement};
use syn::{Error, Expr, ExprLit, Lit, Result, spanned::Spanned};

type Tag = NodeElement<rstml::Infallible>;

/// Writes a view as in HTML: see Leptos's `view!`. Elements take attributes, `prop:name`, `class:name`, `on:event`,
/// `on:event:target` and `node_ref`; components what Leptos lets them take.
#[proc_macro]
pub fn view(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let written = rstml::parse2(tokens.into()).and_then(|nodes| match &nodes[..] {
        [node] => write(node),
        nodes => {
            let nodes = children(nodes)?;
            Ok(quote!(crate::ui::element::Element::several()#nodes))
        }
    });
    written.unwrap_or_else(Error::into_compile_error).into()
}

fn write(node: &Node) -> Result<TokenStream> {
    match node {
        Node::Element(tag) if is_component(tag) => component(tag),
        Node::Element(tag) => element(tag),
        Node::Block(block) => Ok(block.to_token_stream()),
        Node::Text(text) => Ok(text.value.to_token_stream()),
        other => Err(Error::new(other.span(), "not an element, a block or a text in quotes")),
    }
}

fn is_component(tag: &Tag) -> bool {
    tag.name().to_string().contains(|c: char| c.is_uppercase())
}

/// What Leptos makes of it, with children of ours.
fn component(tag: &Tag) -> Result<TokenStream> {
    let opening = &tag.open_tag;
    let whole = match &tag.children[..] {
        [] => tag.to_token_stream(),
        nodes => {
            let inner = match nodes {
                [node] => write(node)?,
                nodes => {
                    let nodes = children(nodes)?;
                    quote!(crate::ui::element::Element::several()#nodes)
                }
            };
            let closing = &tag.close_tag;
            quote!(#opening { crate::ui::element::IntoChild::into_child(#inner) } #closing)
        }
    };
    Ok(quote!(::leptos::prelude::IntoAny::into_any(::leptos::view! { #whole })))
}

fn children(nodes: &[Node]) -> Result<TokenStream> {
    nodes
        .iter()
        .map(|node| {
            let child = write(node)?;
            Ok(quote!(.child(#[allow(unused_braces)] #child)))
        })
        .collect()
}

fn element(tag: &Tag) -> Result<TokenStream> {
    let name = tag.name().to_string();
    // The name and whatever is fixed go as one text.
    let mut fixed = name.clone();
    let mut calls = TokenStream::new();
    for attribute in tag.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return Err(Error::new(attribute.span(), "an element takes no spread attributes"));
        };
        match literal(attribute) {
            Some(value) => {
                for part in [attribute.key.to_string(), value] {
                    fixed.push('\0');
                    fixed.push_str(&part);
                }
            }
            None => calls.extend(setting(&name, attribute)?),
        }
    }
    let children = children(&tag.children)?;
    Ok(quote!(crate::ui::element::Element::new(#fixed)#calls #children))
}

/// The value of a plain attribute where it is written there.
fn literal(attribute: &KeyedAttribute) -> Option<String> {
    let is_plain = !attribute.key.to_string().contains(':');
    match attribute.value() {
        None => is_plain.then(String::new),
        Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => is_plain.then(|| text.value()),
        Some(_) => None,
    }
}

fn setting(tag: &str, attribute: &KeyedAttribute) -> Result<TokenStream> {
    let key = attribute.key.to_string();
    let span = attribute.key.span();
    let Some(value) = attribute.value() else {
        return Err(Error::new(span, "needs a value"));
    };
    Ok(match key.split_once(':') {
        None if key == "node_ref" => quote_spanned!(span=> .node_ref(#value)),
        None => quote!(.attribute(#key, #value)),
        Some(("prop", name)) => quote!(.property(#name, #value)),
        Some(("class", name)) => quote!(.class(#name, #value)),
        Some(("on", event)) => match event.split_once(':') {
            // Leptos has no type for it.
            None if event == "cancel" => {
                quote!(.on(::leptos::ev::Custom::<::web_sys::Event>::new(#event), #value))
            }
            None => {
                let event = format_ident!("{event}", span = span);
                quote!(.on(::leptos::ev::#event, #value))
            }
            Some((event, "target")) => {
                let event = format_ident!("{event}", span = span);
                let kind = match tag {
                    "input" => quote!(HtmlInputElement),
                    "select" => quote!(HtmlSelectElement),
                    "textarea" => quote!(HtmlTextAreaElement),
                    _ => return Err(Error::new(span, "only fields have a value")),
                };
                quote!(.on_field::<_, ::web_sys::#kind>(::leptos::ev::#event, #value))
            }
            Some(_) => return Err(Error::new(span, "no such kind of event")),
        },
        Some(_) => return Err(Error::new(span, "no such kind of attribute")),
    })
}
