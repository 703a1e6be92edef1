//! The commands of the README.

use std::{fs, path::Path};

use crate::room::{Room, copy_folder, test_data};

/// The lines of the tour that call the command, continued lines joined.
fn tour() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(readme).unwrap();
    let (_, tour) = text.split_once("## Five-minute tour").unwrap();
    let block = tour.split("```").nth(1).unwrap().replace("\\\n", " ");
    block.lines().filter(|l| l.starts_with("wgs-pipe ")).map(str::to_owned).collect()
}

#[test]
fn the_tour_works_as_it_stands() {
    let room = Room::new();
    copy_folder(&test_data(), &room.path("test-data"));
    fs::remove_dir_all(room.path("bundle")).unwrap();
    let commands = tour();
    assert!(commands.len() >= 5);
    for command in commands {
        room.ok(command.split_whitespace().skip(1));
    }
    assert!(room.path("results/quickstart/report/report.html").exists());
}
