//! A load test of a shop: three weighted scenarios, each user with a state and a basket of its own.
//!
//! ```text
//! cargo run --release --example loadtest                                  # 20 users for 10 s on a shop of its own
//! cargo run --release --example loadtest -- --host http://localhost:8080  # the same on yours
//! cargo test --example loadtest                                           # each scenario once, as a test
//! ```

mod shop;

use molotov::prelude::*;

use shop::{CATALOGUE, Item, Order, Payment};

/// The target of the load unless `--host` names another: a shop of our own on a free port.
#[global_setup]
async fn open_shop(run: &Run) -> Result<Target> {
    match &run.host {
        Some(host) => Target::parse(host),
        None => Ok(shop::open().await?),
    }
}

/// The state of one user between its iterations.
struct Shopper {
    next: u32,
}

#[setup]
async fn shopper(user: UserId) -> Shopper {
    Shopper { next: user.0 }
}

impl Shopper {
    /// Each user walks through the whole catalogue, from a position of its own.
    fn choose(&mut self) -> u32 {
        self.next = self.next.wrapping_add(7);
        self.next % CATALOGUE
    }
}

/// Opens the list and three of its items.
#[scenario(weight = 60, tags("read"))]
async fn browse(session: &mut Session, shopper: &mut Shopper) -> Result {
    session.get("/items").send().await?;
    for _ in 0..3 {
        session.get("/items/{id}").path("id", shopper.choose()).send().await?;
    }
    Ok(())
}

/// Searches, and follows an old bookmark; a 404 is expected.
#[scenario(weight = 25, tags("read"))]
async fn search(session: &mut Session, shopper: &mut Shopper) -> Result {
    let word = format!("item {}", shopper.choose() / 10);
    let found: Vec<Item> = session.get("/search").query("q", &word).send().await?.json()?;
    session.check("all that is found has the word", found.iter().all(|item| item.name.contains(&word)));

    session
        .get("/items/{id}")
        .path("id", CATALOGUE + 1)
        .expect_status(404)
        .name("/items/gone")
        .send()
        .await?;
    Ok(())
}

/// Puts two items into the basket, which a cookie assigns to this user, and pays for them.
#[scenario(weight = 15, tags("write"))]
async fn buy(session: &mut Session, shopper: &mut Shopper) -> Result {
    session.clear_cookies(); // a new visitor, so that the basket of a failed purchase is not paid for
    let mut price = 0;
    for _ in 0..2 {
        let id = shopper.choose();
        let item: Item = session.get("/items/{id}").path("id", id).send().await?.json()?;
        session.post("/basket").json(&item.id).expect_status(201).send().await?;
        price += item.price;
    }
    let payment = Payment { card: "4242 4242".into(), amount: price };
    let order: Order = session.post("/checkout").json(&payment).expect_status(201).send().await?.json()?;
    if (order.items.len(), order.paid) != (2, price) {
        return Err(Error::msg(format!("two items for {price} were ordered, and confirmed was {order:?}")));
    }
    session.counter("items bought").add(2);
    Ok(())
}

molotov::main!(Plan::users(20).duration(secs(10)));
