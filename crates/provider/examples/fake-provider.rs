//! The scripted fake as a program: `cargo run -p colophon-provider --features fake --example fake-provider
//! -- PORT`. Prints its base URL when it listens; its control endpoints are told in `fake::control`.

use std::net::SocketAddr;

use colophon_provider::fake::FakeProvider;

#[expect(clippy::print_stdout, reason = "whoever starts it reads where it listens")]
fn main() {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse());
    let Ok(port) = port else {
        eprintln!("usage: fake-provider [PORT]");
        std::process::exit(2);
    };
    let fake = FakeProvider::start_at(SocketAddr::from(([127, 0, 0, 1], port)));
    println!("{}", fake.base_url());
    fake.wait();
}
