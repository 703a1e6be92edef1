//! Records of runs for unit tests.

use std::path::Path;

use wgs_engine::RunRecord;
use wgs_formats::output;

/// A record of a case whose tasks, each with its stage, ran so many seconds and used so many
/// seconds of processor time, one after the other.
pub(crate) fn record(case: &str, tasks: &[(&str, &str, f64, f64)]) -> RunRecord {
    let mut at = 0.0;
    let entries: Vec<_> = tasks
        .iter()
        .map(|&(task, stage, wall_s, core_s)| {
            let started = time(at);
            at += wall_s;
            serde_json::json!({
                "task": task, "stage": stage, "status": "ran", "reason": "no record",
                "program": "wgs-pipe 1", "key": "k", "core_s": core_s, "input_bytes": 1000,
                "output_bytes": 500, "inputs": [
                    {"name": "in.0", "path": "in", "sha256": "", "bytes": 1000}],
                "outputs": [{"name": "out", "path": "out", "sha256": "", "bytes": 500}],
                "started": started, "finished": time(at), "wall_s": wall_s, "user_s": core_s,
                "system_s": 0.0, "max_rss_bytes": 1 << 20,
                "io": {"read_bytes": 100, "written_bytes": 700, "disk_read_bytes": 0,
                    "disk_written_bytes": 0},
                "machine": "node-1", "asked": {"threads": 2, "memory_bytes": 4 << 20},
                "params": {}, "tools": {"tool": "2", "aligner": "x 1"}, "threads": 4,
                "memory_bytes": 8 << 20,
            })
        })
        .collect();
    let value = serde_json::json!({
        "schema": "wgs-pipe/run/1", "program": "wgs-pipe 1", "state": "succeeded",
        "failure": null, "started": time(0.0), "finished": time(at), "wall_s": at,
        "totals": {"core_s": 0.0, "max_rss_bytes": 0, "output_bytes": 0},
        "case": {"id": case, "kind": "germline", "samples": []},
        "bundle_digest": "", "tasks": entries,
    });
    serde_json::from_value(value).unwrap()
}

fn time(seconds: f64) -> String {
    let millis = (seconds * 1000.0).round() as u64;
    let (minutes, seconds) = (millis / 60_000, millis % 60_000);
    format!("2026-11-20T{:02}:{:02}:{:06.3}Z", minutes / 60, minutes % 60, seconds as f64 / 1000.0)
}

/// Writes a record where a run leaves it.
pub(crate) fn write(out: &Path, record: &RunRecord) {
    let folder = out.join(record.case.id.as_str());
    output::create_folder(&folder).unwrap();
    output::write_json(&folder.join("run.json"), record).unwrap();
}
