//! Delivery to servers on this machine that answer well, badly, late or never.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::mpsc::{self, Receiver},
    time::Instant,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use wgs_engine::{CaseState, Event, Happening, Observer};
use wgs_formats::output;
use wgs_task::TaskId;

use super::*;
use crate::{Names, StatusFeed, ids::tests::case};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A request as a server got it.
struct Got {
    headers: Vec<(String, String)>,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// Whether the signature is that of the shared key.
    fn is_signed(&self, key: &Secret) -> bool {
        let (id, time) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let signed = format!("{id}.{time}.{}", self.body);
        let expected = STANDARD.encode(key.hmac(&[signed.as_bytes()]));
        self.header("webhook-signature") == format!("v1,{expected}")
    }

    fn sequences(&self) -> Vec<u64> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["schema"], "wgs-pipe/feed/1");
        let events = body["events"].as_array().unwrap();
        events.iter().map(|event| event["sequence"].as_u64().unwrap()).collect()
    }
}

fn receive(stream: &TcpStream) -> Got {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((key, value)) = line.trim().split_once(':') else { break };
        headers.push((key.to_owned(), value.trim().to_owned()));
    }
    let mut got = Got { headers, body: String::new() };
    let length: u64 = got.header("content-length").parse().unwrap();
    reader.take(length).read_to_string(&mut got.body).unwrap();
    got
}

/// A server that answers its first requests with these statuses, and all further ones with 200.
fn server(statuses: &'static [u16]) -> (String, Receiver<(u16, Got)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut statuses = statuses.iter();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let got = receive(&stream);
            let status = *statuses.next().unwrap_or(&200);
            let answer = format!(
                "HTTP/1.1 {status} X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\
                 connection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).unwrap();
            if sender.send((status, got)).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

fn key(folder: &Path) -> Secret {
    let path = folder.join("key");
    output::write(&path, KEY).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    Secret::read(&path).unwrap()
}

fn quick() -> Timing {
    Timing {
        request: Duration::from_millis(500),
        first_retry: Duration::from_millis(5),
        longest_retry: Duration::from_millis(20),
        closing: Duration::from_secs(5),
        gather: Duration::from_millis(1),
    }
}

fn feed(path: &Path, address: &str, key: &Secret, timing: Timing) -> StatusFeed {
    let webhook = Webhook::new(address, key.clone()).unwrap().timing(timing);
    let names = Names::of(&[case("C1", &["S1"])]);
    StatusFeed::open(path, "r1", names, Some(webhook)).unwrap()
}

fn run_case(feed: &mut StatusFeed) {
    let task = || TaskId::of_sample("reads", &"S1".parse().unwrap());
    let happenings = [
        Happening::RunStarted { program: "p 1".into(), pid: 1, tasks: vec![task()] },
        Happening::TaskQueued { task: task(), reason: String::new() },
        Happening::TaskStarted { task: task() },
        Happening::TaskReused { task: task() },
        Happening::RunFinished { state: CaseState::Succeeded, failure: None },
    ];
    let time = "2026-11-20T09:30:00.125Z".parse().unwrap();
    for what in happenings {
        feed.event(&Event { time, case: "C1".parse().unwrap(), what });
    }
}

/// The final states of one case: reads are done, the case is done.
fn assert_finals(delivered: &[u64], base: u64) {
    for sequence in [base + 4, base + 5] {
        let times = delivered.iter().filter(|s| **s == sequence).count();
        assert_eq!(times, 1, "{sequence} in {delivered:?}");
    }
}

#[test]
fn signed_lines_arrive_though_the_server_fails_at_first() {
    let folder = tempfile::tempdir().unwrap();
    let (address, requests) = server(&[500, 302, 429]);
    let key = key(folder.path());
    let path = folder.path().join("feed.jsonl");
    let mut feed = feed(&path, &address, &key, quick());
    run_case(&mut feed);
    assert_eq!(feed.close(), [""; 0]);
    let requests: Vec<_> = requests.try_iter().collect();
    assert!(requests.iter().all(|(_, got)| got.is_signed(&key)));
    assert_eq!(requests.iter().filter(|(status, _)| *status != 200).count(), 3);
    let taken = requests.iter().filter(|(status, _)| *status == 200);
    assert_finals(&taken.flat_map(|(_, got)| got.sequences()).collect::<Vec<_>>(), 0);
    let other = Secret::read(&folder.path().join("key")).unwrap();
    assert!(requests[0].1.is_signed(&other));
    output::write(&folder.path().join("key"), KEY.replace('0', "1")).unwrap();
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.path().join("key"), mode).unwrap();
    let wrong = Secret::read(&folder.path().join("key")).unwrap();
    assert!(!requests[0].1.is_signed(&wrong));
}

#[test]
fn a_later_run_delivers_what_an_earlier_one_could_not() {
    let folder = tempfile::tempdir().unwrap();
    let key = key(folder.path());
    let path = folder.path().join("feed.jsonl");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let timing = Timing { closing: Duration::from_millis(50), ..quick() };
    let mut first = feed(&path, &gone, &key, timing);
    run_case(&mut first);
    let problems = first.close();
    assert!(problems[0].contains("not delivered yet"), "{problems:?}");
    let (address, requests) = server(&[]);
    let mut second = feed(&path, &address, &key, quick());
    run_case(&mut second);
    assert_eq!(second.close(), [""; 0]);
    let delivered: Vec<_> = requests.try_iter().flat_map(|(_, got)| got.sequences()).collect();
    assert_finals(&delivered, 0);
    assert_finals(&delivered, 5);
    let third = feed(&path, &address, &key, quick());
    assert_eq!(third.close(), [""; 0]);
    assert_eq!(requests.try_iter().count(), 0, "nothing is delivered twice");
}

/// As a program that rotates logs does.
#[test]
fn a_feed_that_is_renamed_is_delivered_with_the_one_that_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (address, requests) = server(&[500]);
    let path = folder.path().join("feed.jsonl");
    let mut feed = feed(&path, &address, &key(folder.path()), quick());
    run_case(&mut feed);
    // The first request was answered badly by then, so that lines of the old file are left.
    let first = requests.recv().unwrap();
    std::fs::rename(&path, folder.path().join("feed.jsonl.1")).unwrap();
    run_case(&mut feed);
    assert_eq!(feed.close(), [""; 0]);
    assert_eq!(first.0, 500);
    let delivered: Vec<_> = requests.try_iter().flat_map(|(_, got)| got.sequences()).collect();
    assert_finals(&delivered, 0);
    assert_finals(&delivered, 5);
    let lines = |path: &Path| std::fs::read_to_string(path).unwrap().lines().count();
    assert_eq!((lines(&path), lines(&folder.path().join("feed.jsonl.1"))), (5, 5));
}

#[test]
fn a_feed_that_was_put_in_the_place_of_another_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _requests) = server(&[]);
    let (path, key) = (folder.path().join("feed.jsonl"), key(folder.path()));
    let mut first = feed(&path, &address, &key, quick());
    run_case(&mut first);
    assert_eq!(first.close(), [""; 0]);
    std::fs::remove_file(&path).unwrap();
    let mut second = feed(&path, &address, &key, quick());
    run_case(&mut second);
    let problems = second.close();
    assert!(problems[0].contains("the feed was replaced"), "{problems:?}");
}

#[test]
fn a_server_that_never_answers_does_not_hold_up_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", silent.local_addr().unwrap());
    let timing = Timing { closing: Duration::from_millis(300), ..quick() };
    let path = folder.path().join("feed.jsonl");
    let mut feed = feed(&path, &address, &key(folder.path()), timing);
    let start = Instant::now();
    for _ in 0..200 {
        run_case(&mut feed);
    }
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    let start = Instant::now();
    let problems = feed.close();
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1000);
}

#[test]
fn addresses_that_tell_secrets_or_go_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key = key(folder.path());
    for bad in ["", "ftp://host/", "file:///etc/passwd", "host", "https://user:word@host/"] {
        let error = Webhook::new(bad, key.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{bad}");
        assert!(!error.to_string().contains("word"), "{error}");
    }
    assert!(Webhook::new("https://host.example/hook", key).is_ok());
}

#[test]
fn one_feed_is_for_one_run_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.jsonl");
    let names = || Names::of(&[case("C1", &["S1"])]);
    let first = StatusFeed::open(&path, "r1", names(), None).unwrap();
    let second = StatusFeed::open(&path, "r2", names(), None);
    assert_eq!(second.err().map(|e| e.kind()), Some(ErrorKind::Usage));
    assert_eq!(first.close(), [""; 0]);
    assert!(StatusFeed::open(&path, "r2", names(), None).is_ok());
}

#[test]
fn a_feed_that_was_renamed_is_still_of_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.jsonl");
    let names = || Names::of(&[case("C1", &["S1"])]);
    let mut first = StatusFeed::open(&path, "r1", names(), None).unwrap();
    run_case(&mut first);
    std::fs::rename(&path, folder.path().join("feed.jsonl.1")).unwrap();
    let second = StatusFeed::open(&path, "r2", names(), None);
    assert_eq!(second.err().map(|e| e.kind()), Some(ErrorKind::Usage));
    // Opening it has made a new file, in which the first goes on.
    run_case(&mut first);
    assert_eq!(first.close(), [""; 0]);
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 5);
}

#[test]
fn a_feed_that_cannot_be_followed_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.jsonl");
    let names = Names::of(&[case("C1", &["S1"])]);
    let mut feed = StatusFeed::open(&path, "r1", names, None).unwrap();
    run_case(&mut feed);
    let old = folder.path().join("feed.jsonl.1");
    std::fs::rename(&path, &old).unwrap();
    std::fs::create_dir(&path).unwrap();
    run_case(&mut feed);
    let problems = feed.close();
    assert!(problems[0].contains("feed.jsonl") && problems.len() == 1, "{problems:?}");
    assert_eq!(std::fs::read_to_string(old).unwrap().lines().count(), 10);
}
