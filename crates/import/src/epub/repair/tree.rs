//! The tree that the tolerant parsers build.

use crate::epub::xml::{Node, Tag};
use html5ever::tendril::StrTendril;
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, LocalName, Namespace, QualName};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

/// A node by index, with the name that the parser asks for.
#[derive(Clone)]
pub(in crate::epub) struct Handle {
    index: u32,
    name: Rc<QualName>,
}

const NONE: u32 = u32::MAX;
const DOCUMENT: u32 = 0;

/// The content of a node. It is small, since there may be a million nodes.
#[derive(Clone, Copy)]
enum Content {
    /// The document or a comment: no content.
    Nothing,
    /// An element, by index.
    Element(u32),
    /// A range of the tree's text. No file reaches 4 GiB.
    Text { start: u32, end: u32 },
}

struct Element {
    name: Rc<QualName>,
    /// Attributes in the parser's type: short values need no allocation.
    attributes: Vec<Attribute>,
}

struct Entry {
    parent: u32,
    first: u32,
    last: u32,
    next: u32,
    previous: u32,
    content: Content,
}

/// The nodes of a file.
pub(in crate::epub) struct Tree {
    nodes: RefCell<Vec<Entry>>,
    elements: RefCell<Vec<Element>>,
    /// Element names, each once.
    names: RefCell<HashSet<Rc<QualName>>>,
    /// Texts of all nodes, in file order.
    text: RefCell<String>,
    /// Level of the deepest node.
    deepest: Cell<usize>,
    /// Nodes were added since the last call of `has_grown`.
    grown: Cell<bool>,
    /// Name for nodes without a name.
    nameless: Rc<QualName>,
}

impl Default for Tree {
    fn default() -> Self {
        let tree = Self {
            nodes: RefCell::default(),
            elements: RefCell::default(),
            names: RefCell::default(),
            text: RefCell::default(),
            deepest: Cell::new(0),
            grown: Cell::new(false),
            nameless: Rc::new(QualName::new(None, Namespace::default(), LocalName::default())),
        };
        tree.add(Content::Nothing);
        tree
    }
}

impl Tree {
    /// Makes a tree for a file of `bytes` bytes; a growing text temporarily takes twice its memory.
    pub(super) fn of_bytes(bytes: usize) -> Self {
        let tree = Self::default();
        tree.text.borrow_mut().reserve_exact(bytes);
        tree
    }

    /// Returns the number of nodes, including removed ones.
    pub(super) fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Returns the length of all texts in bytes.
    pub(in crate::epub) fn text_len(&self) -> usize {
        self.text.borrow().len()
    }

    /// Returns the level of the deepest node.
    pub(super) fn depth(&self) -> usize {
        self.deepest.get()
    }

    /// Returns whether something was added since the last call.
    pub(super) fn has_grown(&self) -> bool {
        self.grown.take()
    }

    /// Shows all elements and texts in document order.
    pub(in crate::epub) fn visit(&self, mut show: impl FnMut(Node<'_>)) {
        let (nodes, elements, text) = (self.nodes.borrow(), self.elements.borrow(), self.text.borrow());
        let mut at = nodes[DOCUMENT as usize].first;
        while at != NONE {
            let entry = &nodes[at as usize];
            match entry.content {
                Content::Nothing => {}
                Content::Element(index) => show(Node::Start(elements[index as usize].tag())),
                Content::Text { start, end } => {
                    show(Node::Text(Cow::Borrowed(&text[start as usize..end as usize])));
                }
            }
            if entry.first != NONE {
                at = entry.first;
                continue;
            }
            // Move up to the next node with a sibling.
            loop {
                let entry = &nodes[at as usize];
                if matches!(entry.content, Content::Element(_)) {
                    show(Node::End);
                }
                at = if entry.next != NONE { entry.next } else { entry.parent };
                if entry.next != NONE || at == NONE || at == DOCUMENT {
                    break;
                }
            }
            if at == DOCUMENT {
                break;
            }
        }
    }

    fn add(&self, content: Content) -> u32 {
        self.grown.set(true);
        let mut nodes = self.nodes.borrow_mut();
        // The bounds are reached long before this limit.
        let index = u32::try_from(nodes.len()).unwrap_or(NONE - 1);
        nodes.push(Entry { parent: NONE, first: NONE, last: NONE, next: NONE, previous: NONE, content });
        index
    }

    fn add_text(&self, text: &str) -> u32 {
        let mut all = self.text.borrow_mut();
        let start = place(all.len());
        all.push_str(text);
        let end = place(all.len());
        drop(all);
        self.add(Content::Text { start, end })
    }

    fn index_of(&self, child: NodeOrText<Handle>) -> u32 {
        match child {
            NodeOrText::AppendNode(handle) => {
                self.detach(handle.index);
                handle.index
            }
            NodeOrText::AppendText(text) => self.add_text(&text),
        }
    }

    fn detach(&self, index: u32) {
        let mut nodes = self.nodes.borrow_mut();
        let Entry { parent, next, previous, .. } = nodes[index as usize];
        if parent == NONE {
            return;
        }
        match previous {
            NONE => nodes[parent as usize].first = next,
            previous => nodes[previous as usize].next = next,
        }
        match next {
            NONE => nodes[parent as usize].last = previous,
            next => nodes[next as usize].previous = previous,
        }
        let entry = &mut nodes[index as usize];
        (entry.parent, entry.next, entry.previous) = (NONE, NONE, NONE);
    }

    /// Puts a node without a parent under `parent`: before `sibling`, or last.
    fn insert(&self, parent: u32, index: u32, sibling: u32) {
        let mut nodes = self.nodes.borrow_mut();
        if sibling == NONE && self.extend_text(&mut nodes, parent, index) {
            return;
        }
        let previous = match sibling {
            NONE => nodes[parent as usize].last,
            sibling => nodes[sibling as usize].previous,
        };
        match previous {
            NONE => nodes[parent as usize].first = index,
            previous => nodes[previous as usize].next = index,
        }
        match sibling {
            NONE => nodes[parent as usize].last = index,
            sibling => nodes[sibling as usize].previous = index,
        }
        let entry = &mut nodes[index as usize];
        (entry.parent, entry.next, entry.previous) = (parent, sibling, previous);
        let mut depth = 1;
        let mut above = parent;
        while above != DOCUMENT && above != NONE && depth <= 10_000 {
            above = nodes[above as usize].parent;
            depth += 1;
        }
        self.deepest.set(self.deepest.get().max(depth));
    }

    /// Extends the previous text node if the new text directly continues it; returns whether it did.
    fn extend_text(&self, nodes: &mut Vec<Entry>, parent: u32, index: u32) -> bool {
        let last = nodes[parent as usize].last;
        let newest = index as usize + 1 == nodes.len();
        if let Content::Text { start, end: new_end } = nodes[index as usize].content
            && newest
            && last != NONE
            && let Content::Text { end, .. } = &mut nodes[last as usize].content
            && *end == start
        {
            *end = new_end;
            nodes.pop();
            return true;
        }
        false
    }
}

impl Element {
    fn tag(&self) -> Tag {
        let attributes = self.attributes.iter();
        Tag {
            qualified: qualified(&self.name),
            attributes: attributes
                .map(|attribute| (qualified(&attribute.name), attribute.value.to_string()))
                .collect(),
        }
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn qualified(name: &QualName) -> String {
    match &name.prefix {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}:{}", name.local),
        _ => name.local.to_string(),
    }
}

impl TreeSink for Tree {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = &'a QualName;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle { index: DOCUMENT, name: Rc::clone(&self.nameless) }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a QualName {
        &target.name
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _flags: ElementFlags) -> Handle {
        let known = self.names.borrow().get(&name).cloned();
        let name = known.unwrap_or_else(|| {
            let name = Rc::new(name);
            self.names.borrow_mut().insert(Rc::clone(&name));
            name
        });
        let mut elements = self.elements.borrow_mut();
        let element = place(elements.len());
        elements.push(Element { name: Rc::clone(&name), attributes });
        Handle { index: self.add(Content::Element(element)), name }
    }

    fn create_comment(&self, _text: StrTendril) -> Handle {
        Handle { index: self.add(Content::Nothing), name: Rc::clone(&self.nameless) }
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Handle {
        Handle { index: self.add(Content::Nothing), name: Rc::clone(&self.nameless) }
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        let index = self.index_of(child);
        self.insert(parent.index, index, NONE);
    }

    fn append_based_on_parent_node(&self, element: &Handle, before: &Handle, child: NodeOrText<Handle>) {
        let has_parent = self.nodes.borrow()[element.index as usize].parent != NONE;
        if has_parent { self.append_before_sibling(element, child) } else { self.append(before, child) }
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}

    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.index == y.index
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let index = self.index_of(child);
        let parent = self.nodes.borrow()[sibling.index as usize].parent;
        if parent == NONE || index == sibling.index {
            return;
        }
        self.insert(parent, index, sibling.index);
    }

    fn add_attrs_if_missing(&self, target: &Handle, attributes: Vec<Attribute>) {
        let Content::Element(element) = self.nodes.borrow()[target.index as usize].content else { return };
        let known = &mut self.elements.borrow_mut()[element as usize].attributes;
        for attribute in attributes {
            if known.iter().all(|other| other.name != attribute.name) {
                known.push(attribute);
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.index);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        loop {
            let child = self.nodes.borrow()[node.index as usize].first;
            if child == NONE {
                return;
            }
            self.detach(child);
            self.insert(new_parent.index, child, NONE);
        }
    }
}
