//! The conflict when somebody else saved in between: typed text is kept, both edits are shown, and they can
//! be merged.

use super::{draft::Draft, merge::merge, save::Saver};
use crate::{
    page::diff::{Content, VersionDiffView},
    ui::{Button, TabPanel, Tabs, Time},
};
use colophon_contract::PromptVersion;
use leptos::prelude::*;

/// The changes in between and the choices; empty without a conflict.
#[component]
pub fn Conflict(
    /// The typed values.
    draft: Draft,
    /// The request that was refused.
    saver: Saver,
    /// Called after the edits were merged.
    #[prop(into)]
    on_merged: Callback<()>,
) -> impl IntoView {
    let newer = saver.newer();
    let outcome = RwSignal::new(String::new());
    view! {
        <p class="merge-outcome" role="status">{outcome}</p>
        {move || {
            newer
                .get()
                .zip(draft.base.get())
                .map(|(newer, base)| {
                    view! { <Choices draft saver base=base.version newer outcome on_merged /> }
                })
        }}
    }
}

#[component]
fn Choices(
    draft: Draft,
    saver: Saver,
    base: PromptVersion,
    newer: PromptVersion,
    outcome: RwSignal<String>,
    on_merged: Callback<()>,
) -> impl IntoView {
    let heading =
        format!("Version {} was saved while you were editing version {}.", newer.number, base.number);
    let (number, author, at) = (newer.number, newer.author.name.clone(), newer.created_at.clone());
    let note = (!newer.note.is_empty()).then(|| view! { " Its note: “" {newer.note.clone()} "”." });
    let resolve = {
        let (newer, base) = (newer.clone(), base.clone());
        move |merge_both: bool| {
            outcome.set(take_over(draft, &base, &newer, merge_both));
            saver.request.clear();
            on_merged.run(());
        }
    };
    let keep = resolve.clone();
    view! {
        <section class="conflict" role="alert" aria-labelledby="conflict-title">
            <h3 id="conflict-title" class="failure-title">{heading}</h3>
            <p>"By "{author}", "<Time at />"."{note}" Nothing of yours is lost, and nothing was stored yet."</p>
            <Comparison draft base newer />
            <div class="actions">
                <Button class="primary" on_click=move |()| resolve(true)>"Merge both"</Button>
                <Button on_click=move |()| keep(false)>{format!("Keep mine, on top of version {number}")}</Button>
            </div>
            <p class="hint">"Either way you see the result under Changes before you save."</p>
        </section>
    }
}

/// Makes `newer` the base; with `merge_both` also merges its changes into the fields. Returns the message for
/// the user.
fn take_over(draft: Draft, base: &PromptVersion, newer: &PromptVersion, merge_both: bool) -> String {
    let mine = untrack(|| draft.content());
    draft.rebase(newer.clone());
    let (true, Ok(mine)) = (merge_both, mine) else {
        return format!("Your text is kept as it is, and would now follow version {}.", newer.number);
    };
    let merged = merge(&Content::from(base), &mine, &Content::from(newer));
    draft.put(merged.merged);
    match merged.conflicts {
        0 => "Both edits are merged. Look them over, then save.".to_owned(),
        1 => "Merged. In one place both had changed the same: yours was kept. Look it over, then save."
            .to_owned(),
        n => format!(
            "Merged. In {n} places both had changed the same: yours was kept. Look them over, then save."
        ),
    }
}

#[component]
fn Comparison(draft: Draft, base: PromptVersion, newer: PromptVersion) -> impl IntoView {
    let tab = RwSignal::new(0);
    let split = RwSignal::new(false);
    let (old, new) = (Content::from(&base), Content::from(&newer));
    let latest = new.clone();
    let mine = move || match draft.content() {
        Ok(mine) => view! { <VersionDiffView old=latest.clone() new=mine split /> }.into_any(),
        Err(_) => {
            view! { <p>"Some of your parameters are not right yet: see the tab Parameters."</p> }.into_any()
        }
    };
    view! {
        <Tabs
            label="Compare"
            id="conflict"
            names=vec!["What changed meanwhile", "What yours would change in it"]
            selected=tab
        />
        <TabPanel id="conflict" index=0 selected=tab>
            <VersionDiffView old new split />
        </TabPanel>
        <TabPanel id="conflict" index=1 selected=tab>
            {mine}
        </TabPanel>
    }
}
