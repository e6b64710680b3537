//! The actions of administrators on a user.

use super::{link, roles};
use crate::{
    api,
    state::{Mutation, session::SessionState},
    ui::{Button, Dialog, SelectField, Time, failed},
};
use colophon_contract::{AuthorKind, PasswordLink, Role, UpdateUser, User, UserState};
use leptos::prelude::*;

/// The user in the dialog. Copy it into closures.
#[derive(Clone, Copy)]
struct Managed {
    id: i64,
    /// Whether it is the user who is signed in.
    is_oneself: bool,
    /// The user as the server last replied.
    user: RwSignal<User>,
    /// Called after a change.
    on_change: Callback<()>,
    /// The last change: toasts are behind the dialog.
    said: RwSignal<&'static str>,
}

impl Managed {
    fn new(user: User, on_change: Callback<()>) -> Self {
        let session = SessionState::expect().current().get_untracked();
        let is_oneself = session.is_some_and(|session| {
            session.author.kind == AuthorKind::User && session.author.id == Some(user.id)
        });
        Self { id: user.id, is_oneself, user: RwSignal::new(user), on_change, said: RwSignal::new("") }
    }

    fn state(self) -> Memo<UserState> {
        Memo::new(move |_| self.user.with(|user| user.state))
    }

    /// Creates a request that changes the user. `done` returns the text about the change.
    fn update(self, done: impl Fn(&User) -> &'static str + 'static) -> Mutation<UpdateUser> {
        let session = SessionState::expect();
        Mutation::new(
            move |body: UpdateUser, _| async move { api::user::update(self.id, &body).await },
            move |user: User| {
                self.said.set(done(&user));
                self.user.set(user);
                self.on_change.run(());
                if self.is_oneself {
                    session.refresh();
                }
            },
        )
    }
}

/// The dialog about `user`, shown while there is one.
#[component]
pub fn Manage(
    /// The user; set it to open the dialog.
    user: RwSignal<Option<User>>,
    /// Called after a change.
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
    let title = Signal::derive(move || {
        user.with(|user| user.as_ref().map(|user| user.name.clone())).unwrap_or_default()
    });
    view! {
        <Dialog title open>
            {move || {
                user.get_untracked().map(|user| view! { <Sections managed=Managed::new(user, on_change) /> })
            }}
        </Dialog>
    }
}

#[component]
fn Sections(managed: Managed) -> impl IntoView {
    let state = managed.state();
    view! {
        <div class="stack">
            {managed.is_oneself.then(|| view! { <p class="notice">"This is you."</p> })}
            <RoleOf managed />
            {move || (state.get() != UserState::Disabled).then(|| view! { <LinkFor managed /> })}
            <Access managed />
            <p class="hint" role="status">{managed.said}</p>
        </div>
    }
}

#[component]
fn RoleOf(managed: Managed) -> impl IntoView {
    let role = RwSignal::new(managed.user.with_untracked(|user| user.role.as_str().to_owned()));
    let update = managed.update(|_| "The role was changed.");
    let save = move |()| {
        let role = Role::find(&role.get_untracked());
        update.send(UpdateUser { role, ..UpdateUser::default() });
    };
    view! {
        <section class="stack" aria-label="Role">
            <SelectField label="Role" value=role choices=roles() hint="Holds from their next request on." />
            {failed(update.error())}
            <Button busy=update.pending() on_click=save>"Change the role"</Button>
        </section>
    }
}

#[component]
fn LinkFor(managed: Managed) -> impl IntoView {
    let made = RwSignal::new(None::<PasswordLink>);
    let create = Mutation::new(
        move |(), _| async move { api::user::create_link(managed.id).await },
        move |link: PasswordLink| {
            made.set(Some(link));
            managed.on_change.run(());
        },
    );
    let pending = move || {
        managed.user.with(|user| user.link_expires_at.clone()).map(|at| {
            view! { <p class="hint">"A link that can be used until "<Time at />" exists; a new one takes its place."</p> }
        })
    };
    let offer = move || {
        view! {
            <p class="hint">"To set a password anew, or for the first time. The password of now stays until then."</p>
            {pending}
            {failed(create.error())}
            <Button busy=create.pending() on_click=move |()| create.send(())>"Make a one-time link"</Button>
        }
    };
    let content = move || match made.get() {
        Some(link) => {
            let name = managed.user.with_untracked(|user| user.name.clone());
            link::shown(name, link).into_any()
        }
        None => offer().into_any(),
    };
    view! {
        <section class="stack" aria-label="Password">
            <h3>"Password"</h3>
            {content}
        </section>
    }
}

#[component]
fn Access(managed: Managed) -> impl IntoView {
    let state = managed.state();
    let update = managed.update(|user| match user.state {
        UserState::Disabled => "They are disabled.",
        UserState::Invited | UserState::Active => "They may sign in again.",
    });
    let is_disabled = move || state.get() == UserState::Disabled;
    let ask = move |()| {
        let disabled = state.get_untracked() != UserState::Disabled;
        update.send(UpdateUser { disabled: Some(disabled), ..UpdateUser::default() });
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
}
