//! What administrators can do about somebody.

use super::{link, roles};
use crate::prelude::*;
use crate::{
    api,
    state::{Mutation, session::SessionState},
    ui::{Button, Dialog, SelectField, Time, failed},
};
use colophon_contract::{AuthorKind, PasswordLink, Role, UpdateUser, User, UserState};

/// Who is being managed, and what is told when something was changed. Copy it into closures.
#[derive(Clone, Copy)]
struct Managed {
    user: RwSignal<Option<User>>,
    on_change: Callback<()>,
    /// What was done last: messages in a corner are behind the dialog.
    said: RwSignal<&'static str>,
}

impl Managed {
    fn with<T>(self, look: impl FnOnce(&User) -> T) -> Option<T> {
        self.user.with(|user| user.as_ref().map(look))
    }

    fn is_oneself(self) -> bool {
        let session = SessionState::expect().current().get_untracked();
        let author = session.map(|session| session.author).filter(|author| author.kind == AuthorKind::User);
        author.is_some_and(|author| {
            author.id == self.user.with_untracked(|user| user.as_ref().map(|user| user.id))
        })
    }

    /// Has the server change what `body` says.
    fn update(self, request: Mutation, body: &UpdateUser, done: &'static str) {
        let Some(id) = self.user.with_untracked(|user| user.as_ref().map(|user| user.id)) else { return };
        let (session, is_oneself) = (SessionState::expect(), self.is_oneself());
        request.run(api::user::update(id, body), move |user: User| {
            self.user.try_set(Some(user));
            self.said.set(done);
            self.on_change.run(());
            if is_oneself {
                session.refresh();
            }
        });
    }
}

/// The dialog about `user`, while there is one.
#[component]
pub fn Manage(
    /// Who; set to open it.
    user: RwSignal<Option<User>>,
    /// After something was changed.
    on_change: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if user.with(Option::is_some) && !open.get_untracked() {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            user.set(None);
        }
    });
    let managed = Managed { user, on_change, said: RwSignal::new("") };
    let title = Signal::derive(move || managed.with(|user| user.name.clone()).unwrap_or_default());
    view! {
        <Dialog title open>
            <Sections managed />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Sections(managed: Managed) -> impl IntoView {
    let state = Memo::new(move |_| managed.with(|user| user.state));
    managed.said.set("");
    view! {
        <div class="stack">
            {managed.is_oneself().then(|| view! { <p class="notice">"This is you."</p> })}
            <RoleOf managed />
            {move || (state.get() != Some(UserState::Disabled)).then(|| view! { <LinkFor managed /> }.into_any())}
            <Access managed state />
            <p class="hint" role="status">{managed.said}</p>
        </div>
    }
    .into_any()
}

#[component]
fn RoleOf(managed: Managed) -> impl IntoView {
    let now = managed.user.with_untracked(|user| user.as_ref().map(|user| user.role));
    let role = RwSignal::new(now.map(Role::as_str).unwrap_or_default().to_owned());
    let update = Mutation::new();
    let save = move |()| {
        let role = Role::find(&role.get_untracked());
        managed.update(update, &UpdateUser { role, ..UpdateUser::default() }, "The role was changed.");
    };
    view! {
        <section class="stack" aria-label="Role">
            <SelectField label="Role" value=role choices=roles() hint="Holds from their next request on." />
            {failed(update.error())}
            <Button busy=update.pending() on_click=save>"Change the role"</Button>
        </section>
    }
    .into_any()
}

#[component]
fn LinkFor(managed: Managed) -> impl IntoView {
    let made = RwSignal::new(None::<PasswordLink>);
    let create = Mutation::new();
    let name = managed.user.with_untracked(|user| user.as_ref().map(|user| (user.id, user.name.clone())));
    let Some((id, name)) = name else { return ().into_child() };
    let ask = move |()| {
        create.run(api::user::create_link(id), move |link| {
            made.try_set(Some(link));
            managed.on_change.run(());
        });
    };
    let pending = move || {
        managed.with(|user| user.link_expires_at.clone()).flatten().map(|at| {
            view! { <p class="hint">"A link that can be used until "<Time at />" exists; a new one takes its place."</p> }
                .into_any()
        })
    };
    let content = move || {
        match made.get() {
        Some(link) => link::shown(&name, link),
        None => view! {
            <p class="hint">"To set a password anew, or for the first time. The password of now stays until then."</p>
            {pending}
            {failed(create.error())}
            <Button busy=create.pending() on_click=ask>"Make a one-time link"</Button>
        }
        .into_any(),
    }
    };
    view! {
        <section class="stack" aria-label="Password">
            <h3>"Password"</h3>
            {content}
        </section>
    }
    .into_any()
}

#[component]
fn Access(managed: Managed, state: Memo<Option<UserState>>) -> impl IntoView {
    let update = Mutation::new();
    let is_disabled = move || state.get() == Some(UserState::Disabled);
    let ask = move |()| {
        let disabled = state.get_untracked() != Some(UserState::Disabled);
        let done = if disabled { "They are disabled." } else { "They may sign in again." };
        managed.update(update, &UpdateUser { disabled: Some(disabled), ..UpdateUser::default() }, done);
    };
    let words = move || {
        if is_disabled() {
            "They cannot sign in, and their tokens are refused."
        } else {
            "Disabling ends their sessions and has their tokens refused, from the next request on. What they did stays."
        }
    };
    view! {
        <section class="stack" aria-label="Access">
            <h3>"Access"</h3>
            <p class="hint">{words}</p>
            {failed(update.error())}
            <Button class="danger" busy=update.pending() on_click=ask>
                {move || if is_disabled() { "Let them sign in again" } else { "Disable" }}
            </Button>
        </section>
    }
    .into_any()
}
