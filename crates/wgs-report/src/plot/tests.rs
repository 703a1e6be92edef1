use super::*;

fn chart(series: Vec<Shape>) -> Chart {
    Chart {
        id: "c".into(),
        title: "T".into(),
        description: "D".into(),
        x: Axis::new("x", Unit::Number),
        y: Axis::new("y", Unit::Count),
        series: series
            .into_iter()
            .map(|shape| Series { name: "n".into(), colour: 1, shape })
            .collect(),
        marks: Vec::new(),
        wide: false,
    }
}

fn bars(bars: &[(&str, f64)]) -> String {
    let chart = BarChart {
        id: "b".into(),
        title: "T".into(),
        description: "D".into(),
        details: String::new(),
        y: Axis::new("y", Unit::Count),
        bars: bars.iter().map(|(name, height)| ((*name).to_owned(), *height, 1)).collect(),
    };
    chart.svg()
}

/// Every number of a picture is written as a number.
fn is_sound(svg: &str) -> bool {
    svg.starts_with("<svg")
        && svg.ends_with("</svg>")
        && !svg.contains("NaN")
        && !svg.contains("inf")
}

#[test]
fn nothing_says_so() {
    let columns = Shape::Columns { width: 1.0, columns: vec![(0.0, 0.0)] };
    for shapes in [
        vec![],
        vec![Shape::Line(vec![])],
        vec![Shape::Line(vec![(0.0, f64::NAN)])],
        vec![Shape::Band(vec![]), columns],
    ] {
        let svg = chart(shapes).svg();
        assert!(svg.contains("no data") && is_sound(&svg));
    }
    assert!(bars(&[]).contains("no data"));
    assert!(bars(&[("a", f64::NAN)]).contains("no data"));
}

#[test]
fn one_point_is_seen() {
    let svg = chart(vec![Shape::Line(vec![(3.0, 4.0)])]).svg();
    assert!(svg.contains("<circle") && is_sound(&svg));
    assert!(is_sound(&chart(vec![Shape::Line(vec![(0.0, 0.0)])]).svg()));
    assert!(is_sound(&bars(&[("a", 0.0)])));
}

#[test]
fn a_missing_value_breaks_the_line() {
    let points = vec![(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 2.0), (4.0, 1.0)];
    let svg = chart(vec![Shape::Line(points)]).svg();
    let path = svg.split("class=\"s1 line\" d=\"").nth(1).unwrap();
    assert_eq!(path.split('"').next().unwrap().matches('M').count(), 2);
}

#[test]
fn huge_data_give_small_pictures() {
    let points = (0..2_000_000).map(|i| (f64::from(i), f64::from(i % 977) * 1e15));
    let band = (0..2_000_000).map(|i| (f64::from(i), 0.0, 1e300));
    let svg = chart(vec![Shape::Band(band.collect()), Shape::Line(points.collect())]).svg();
    assert!(is_sound(&svg));
    assert!(svg.len() < 40_000, "{}", svg.len());
}

#[test]
fn names_are_escaped() {
    let evil = "</title><script>alert(1)</script>\"'";
    let mut one = chart(vec![Shape::Line(vec![(0.0, 1.0), (1.0, 1.0)]); 2]);
    one.id = evil.into();
    one.title = evil.into();
    one.description = evil.into();
    one.x.label = evil.into();
    one.y.label = evil.into();
    one.marks = vec![(0.5, evil.into())];
    one.series.iter_mut().for_each(|series| series.name = evil.into());
    for svg in [one.svg(), bars(&[(evil, 1.0), (evil, 1.5)])] {
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"));
    }
}

#[test]
fn pictures_can_be_told_to_those_who_do_not_see() {
    let svg = chart(vec![Shape::Line(vec![(0.0, 1.0), (1.0, 1.0)])]).svg();
    for part in [
        r#"role="img""#,
        r#"aria-labelledby="c-t c-d""#,
        r#"<title id="c-t">T</title>"#,
        r#"<desc id="c-d">D</desc>"#,
    ] {
        assert!(svg.contains(part), "{part}");
    }
}

#[test]
fn columns_stand_on_the_axis() {
    let columns = Shape::Columns { width: 2.0, columns: vec![(0.0, 5.0), (2.0, 10.0)] };
    let svg = chart(vec![columns]).svg();
    assert!(svg.contains(r#"d="M74 228L74 133L311 133L311 228Z"#), "{svg}");
}
