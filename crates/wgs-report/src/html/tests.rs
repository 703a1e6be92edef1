use crate::{build, fixture, model::Report};

const EVIL: &str = "</td></title><script>alert('x')</script><img src=x onerror=\"alert(1)\">";

fn report() -> Report {
    let folder = tempfile::tempdir().unwrap();
    build(&fixture::inputs(folder.path())).unwrap()
}

/// Replaces every text of the report, but for those that choose among fixed values.
fn poisoned(value: &mut serde_json::Value, key: &str) {
    match value {
        serde_json::Value::String(text) => {
            let fixed = [
                "kind",
                "role",
                "sex",
                "level",
                "outcome",
                "reason",
                "impact",
                "zygosity",
                "inheritance",
            ];
            if !fixed.contains(&key) {
                EVIL.clone_into(text);
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| poisoned(item, key)),
        serde_json::Value::Object(fields) => {
            fields.iter_mut().for_each(|(key, field)| poisoned(field, key));
        }
        _ => {}
    }
}

#[test]
fn no_text_of_the_data_becomes_markup() {
    let mut value = serde_json::to_value(report()).unwrap();
    poisoned(&mut value, "");
    let report: Report = serde_json::from_value(value).unwrap();
    let html = report.to_html();
    assert_eq!(html.matches("<script").count(), 1, "only the page's own");
    assert_eq!(html.matches("</script").count(), 1);
    assert!(!html.contains("<img") && !html.contains("onerror=\"") && !html.contains("onerror='"));
    assert!(html.matches("&#60;script").count() + html.matches("&lt;script").count() > 50);
}

#[test]
fn control_characters_in_names_do_no_harm() {
    let mut report = report();
    report.samples[0].sample = Some("a\u{0}\"b\n</svg>".into());
    let html = report.to_html();
    assert!(!html.contains("b\n</svg>"));
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let html = report().to_html();
    for word in ["http:", "https:", "src=", "@import", "url(", "javascript:", "<link", "<iframe"] {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.len() < 500_000, "{} bytes", html.len());
}

#[test]
fn the_policy_knows_the_style_and_the_script() {
    let html = report().to_html();
    let between = |from: &str, to: &str| {
        html.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned()
    };
    let style = super::digest::source(&between("<style>", "</style>"));
    let script = super::digest::source(&between("<script>", "</script>"));
    assert!(html.contains(&format!("style-src &#39;{style}&#39;; script-src &#39;{script}&#39;")));
}

#[test]
fn identifiers_are_unique_and_links_lead_somewhere() {
    let html = report().to_html();
    let values = |attribute: &str| -> Vec<String> {
        let after = html.split(attribute).skip(1);
        after.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
    };
    let mut ids = values(" id=\"");
    assert!(ids.len() > 20);
    let all = ids.len();
    for target in values("href=\"#") {
        assert!(ids.contains(&target), "{target}");
    }
    for name in values("aria-labelledby=\"").iter().flat_map(|names| names.split(' ')) {
        assert!(ids.iter().any(|id| id == name), "{name}");
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn tables_and_language_are_declared() {
    let html = report().to_html();
    assert!(html.contains("<html lang=\"en\">"));
    assert_eq!(html.matches("<table").count(), html.matches("<caption").count());
    assert_eq!(
        html.matches("<th ").count() + html.matches("<th>").count(),
        html.matches(" scope=\"").count()
    );
}

#[test]
fn a_list_that_is_cut_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = fixture::inputs(folder.path());
    inputs.options.max_notable = 2;
    let html = build(&inputs).unwrap().to_html();
    assert!(
        html.contains("4 alleles were chosen out of 6 carried by NA24385; the first 2 are shown")
    );
    assert!(html.contains("One more allele that a rule would choose is left out"));
}
