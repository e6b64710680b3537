use super::*;

/// Returns a store with room for 100 bytes, 60 of them for one owner, and files of at most 60 bytes.
fn store(lifetime: Duration) -> Uploads {
    let options = ImportOptions { text_bytes: 60, epub_bytes: 60, upload_bytes: 100, upload_folder: None };
    Uploads::new(&options, lifetime)
}

const LONG: Duration = Duration::from_secs(3600);

fn person(id: i64) -> Actor {
    let mut actor = Actor::system("test");
    actor.author.id = Some(id);
    actor
}

async fn upload(store: &Uploads, actor: &Actor, bytes: &[u8]) -> ApiResult<Arc<UploadedFile>> {
    let mut incoming = store.begin(actor).await.expect("a file");
    incoming.write(bytes).await?;
    incoming.finish(Some("a.txt")).await.map(Arc::new)
}

async fn keep(store: &Uploads, actor: &Actor, bytes: &[u8]) -> String {
    let file = upload(store, actor, bytes).await.expect("room");
    store.keep(file).expect("an id")
}

fn bytes(store: &Uploads) -> u64 {
    store.0.lock().bytes
}

#[actix_web::test]
async fn a_file_is_read_as_it_came_in_by_several_readers() {
    let store = store(LONG);
    let mut incoming = store.begin(&person(1)).await.expect("a file");
    for piece in ["銀河", "鉄道", "の夜"] {
        incoming.write(piece.as_bytes()).await.expect("room");
    }
    assert_eq!(incoming.len(), 18);
    let name = format!("{}.txt", "x".repeat(300));
    let file = Arc::new(incoming.finish(Some(&name)).await.expect("a file"));
    assert_eq!(file.sha256, hex::encode(Sha256::digest("銀河鉄道の夜")));
    let kept = file.name.as_deref().expect("a name");
    assert_eq!((kept.len(), kept.ends_with("x.txt")), (255, true));
    let (mut one, mut other) = (file.reader(), file.reader());
    let mut text = String::new();
    assert_eq!(one.seek(SeekFrom::End(-9)).expect("within"), 9);
    one.read_to_string(&mut text).expect("text");
    assert_eq!(text, "道の夜");
    text.clear();
    other.read_to_string(&mut text).expect("text");
    assert_eq!(text, "銀河鉄道の夜");
    assert!(one.seek(SeekFrom::Current(-100)).is_err());
}

#[actix_web::test]
async fn a_file_is_found_by_its_owner_alone_until_it_is_forgotten() {
    let store = store(LONG);
    let id = keep(&store, &person(1), b"text").await;
    assert!(store.find(&person(1), &id).is_some_and(|file| file.name.as_deref() == Some("a.txt")));
    assert!(store.find(&person(2), &id).is_none());
    assert!(store.find(&person(1), "unknown").is_none());
    store.forget(&person(2), &id);
    assert!(store.find(&person(1), &id).is_some());
    store.forget(&person(1), &id);
    assert!(store.find(&person(1), &id).is_none());
    assert_eq!(bytes(&store), 0);
}

#[actix_web::test]
async fn the_files_used_longest_ago_make_room_first_those_of_the_same_owner() {
    let store = store(LONG);
    let other = keep(&store, &person(2), &[b'o'; 30]).await;
    let first = keep(&store, &person(1), &[b'1'; 30]).await;
    let second = keep(&store, &person(1), &[b'2'; 30]).await;
    assert!(store.find(&person(1), &first).is_some());
    // Person 1 has 60 of 60 bytes: the second file was used least recently.
    let third = keep(&store, &person(1), &[b'3'; 20]).await;
    assert!(store.find(&person(1), &second).is_none());
    assert!(store.find(&person(1), &first).is_some());
    assert!(store.find(&person(1), &third).is_some());
    // 80 of 100 bytes are in use: the other person's file was used least recently of all.
    keep(&store, &person(3), &[b'4'; 40]).await;
    assert!(store.find(&person(2), &other).is_none());
    assert_eq!(bytes(&store), 90);
}

#[actix_web::test]
async fn files_in_use_take_room_until_they_are_dropped() {
    let store = store(LONG);
    let file = upload(&store, &person(1), &[b'x'; 60]).await.expect("room");
    let refused = upload(&store, &person(1), b"y").await.err().expect("no room");
    assert!(matches!(refused, ApiError::Busy));
    let id = store.keep(file.clone()).expect("an id");
    // Removed, but still in use.
    assert!(upload(&store, &person(1), b"y").await.is_err());
    assert!(store.find(&person(1), &id).is_none());
    assert_eq!(bytes(&store), 60);
    drop(file);
    assert_eq!(bytes(&store), 0);
    upload(&store, &person(1), b"y").await.expect("room again");
}

#[actix_web::test]
async fn a_file_goes_when_it_was_not_used_for_its_lifetime() {
    let store = store(Duration::from_millis(400));
    let id = keep(&store, &person(1), b"text").await;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert!(store.find(&person(1), &id).is_some(), "each use keeps it for another lifetime");
    }
    // It expires, and its space is released.
    while bytes(&store) > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(store.find(&person(1), &id).is_none());
    assert!(!store.0.lock().is_swept);
    let again = keep(&store, &person(1), b"text").await;
    assert!(store.find(&person(1), &again).is_some());
}

#[actix_web::test]
async fn the_number_of_kept_files_is_bounded() {
    let store = store(LONG);
    let first = keep(&store, &person(1), b"").await;
    for _ in 0..KEPT_OF_ONE {
        keep(&store, &person(1), b"").await;
    }
    assert!(store.find(&person(1), &first).is_none());
    for id in 2..=6 {
        for _ in 0..KEPT_OF_ONE {
            keep(&store, &person(id), b"").await;
        }
    }
    assert_eq!(store.0.lock().kept.len(), KEPT);
}
