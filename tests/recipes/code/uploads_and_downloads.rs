//! The code of `docs/recipes/uploads-and-downloads.md`.

use molotov::prelude::*;
use serde::Deserialize;

const PHOTO: &str = "photo.jpg";

/// The content of the file, to compare downloads with.
struct Photo(Vec<u8>);

#[global_setup]
async fn photo() -> Result<Photo> {
    std::fs::read(PHOTO).map(Photo).or_fail_with(PHOTO)
}

#[derive(Deserialize)]
struct Stored {
    id: u64,
}

/// A form with a file, as browsers send it.
#[scenario]
async fn share_a_photo(session: &mut Session, user: UserId, photo: &Photo) -> Result {
    let form = Multipart::new().text("title", format!("photo of user {user}")).file("photo", PHOTO);
    let stored: Stored = session.post("/photos").multipart(form).expect_status(201).send().await?.json()?;

    let back = session.get("/photos/{id}").path("id", stored.id).send().await?;
    session.check("the photo came back unchanged", back.bytes() == &photo.0);
    Ok(())
}

/// A file as the whole body. A large one is counted on its way back, and not kept.
#[scenario]
async fn back_up(session: &mut Session, user: UserId, photo: &Photo) -> Result {
    session.put("/backups/{user}").path("user", user).body_file(PHOTO).send().await?;

    let back = session.get("/backups/{user}").path("user", user).discard().await?;
    session.check("the backup is complete", back.body_len() == photo.0.len() as u64);
    Ok(())
}

molotov::main!();
