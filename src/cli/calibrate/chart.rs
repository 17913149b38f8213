//! Charts: lines in a unit square, as SVG.
//!
//! Comes in: series of points, both coordinates 0 to 1. Goes out: SVG with axes, grid and legend, which needs no script
//! and no font of its own.

use std::fmt::Write;

/// A chart.
pub struct Chart {
    title: String,
    axes: [String; 2],
    has_diagonal: bool,
    series: Vec<Series>,
}

/// Points of one kind.
pub struct Series {
    name: String,
    points: Vec<(f64, f64)>,
    is_line: bool,
}

/// The side of the square that points lie in.
const SIDE: f64 = 300.0;
/// What is left of the square, and below it, for numbers and names.
const MARGIN: f64 = 55.0;
/// What is above the square, for the title.
const TOP: f64 = 40.0;
/// What is right of the square.
const RIGHT: f64 = 20.0;
/// Colours that differ for the colour-blind too (Okabe and Ito).
const COLOURS: [&str; 3] = ["#d55e00", "#0072b2", "#009e73"];

const WIDTH: f64 = MARGIN + SIDE + RIGHT;
const HEIGHT: f64 = TOP + SIDE + MARGIN;

impl Series {
    /// Points joined by a line.
    pub fn line(name: &str, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, is_line: true }
    }

    /// A single point.
    pub fn point(name: &str, point: (f64, f64)) -> Self {
        Self { name: name.into(), points: vec![point], is_line: false }
    }
}

impl Chart {
    /// A chart without series. No name may hold markup.
    pub fn new(title: &str, across: &str, up: &str) -> Self {
        let axes = [across.to_owned(), up.to_owned()];
        Self { title: escaped(title), axes, has_diagonal: false, series: Vec::new() }
    }

    /// Adds the line on which both coordinates are equal.
    pub fn diagonal(&mut self) {
        self.has_diagonal = true;
    }

    /// Adds a series.
    pub fn add(&mut self, series: Series) {
        self.series.push(series);
    }

    /// The chart as an SVG of its own.
    pub fn to_svg(&self) -> String {
        side_by_side(std::slice::from_ref(self))
    }

    fn draw(&self, out: &mut String) {
        for step in 0..=5 {
            let share = f64::from(step) / 5.0;
            let ((across, up), (right, top)) = (place((share, share)), place((1.0, 1.0)));
            let (left, bottom) = place((0.0, 0.0));
            let _ = writeln!(
                out,
                "<path d=\"M{left} {up}H{right}M{across} {bottom}V{top}\" stroke=\"#ddd\"/>\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{share:.1}</text>\
                 <text x=\"{across}\" y=\"{}\" text-anchor=\"middle\">{share:.1}</text>",
                left - 6.0,
                up + 4.0,
                bottom + 16.0
            );
        }
        if self.has_diagonal {
            let ((left, bottom), (right, top)) = (place((0.0, 0.0)), place((1.0, 1.0)));
            let _ = writeln!(
                out,
                "<path d=\"M{left} {bottom}L{right} {top}\" stroke=\"#888\" stroke-dasharray=\"4 4\"/>"
            );
        }
        for (index, series) in self.series.iter().enumerate() {
            series.draw(COLOURS[index % COLOURS.len()], out);
            let (left, bottom) = place((0.45, 0.05));
            let up = bottom - 16.0 * (self.series.len() - 1 - index) as f64;
            let _ = writeln!(
                out,
                "<circle cx=\"{left}\" cy=\"{}\" r=\"4\" fill=\"{}\"/><text x=\"{}\" y=\"{up}\">{}</text>",
                up - 4.0,
                COLOURS[index % COLOURS.len()],
                left + 10.0,
                escaped(&series.name)
            );
        }
        let (middle, left) = (MARGIN + SIDE / 2.0, 14.0);
        let up = TOP + SIDE / 2.0;
        let _ = writeln!(
            out,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" font-size=\"15\" font-weight=\"bold\">{}</text>\
             <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
             <text x=\"{left}\" y=\"{up}\" text-anchor=\"middle\" transform=\"rotate(-90 {left} {up})\">{}</text>",
            TOP - 16.0,
            self.title,
            HEIGHT - 16.0,
            escaped(&self.axes[0]),
            escaped(&self.axes[1])
        );
    }
}

impl Series {
    fn draw(&self, colour: &str, out: &mut String) {
        let mut places: Vec<(f64, f64)> = self.points.iter().copied().map(place).collect();
        // Points that fall on one dot of the chart are one.
        places.dedup_by_key(|(across, up)| (across.round() as i64, up.round() as i64));
        if self.is_line && !places.is_empty() {
            let line: Vec<String> =
                places.iter().map(|(across, up)| format!("{across:.1},{up:.1}")).collect();
            let _ = writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                line.join(" ")
            );
        }
        // Where points are many the line says all.
        for (across, up) in places.iter().filter(|_| places.len() <= 50) {
            let radius = if self.is_line { 3 } else { 6 };
            let _ =
                writeln!(out, "<circle cx=\"{across:.1}\" cy=\"{up:.1}\" r=\"{radius}\" fill=\"{colour}\"/>");
        }
    }
}

/// Charts beside each other, as one SVG.
pub fn side_by_side(charts: &[Chart]) -> String {
    let width = WIDTH * charts.len().max(1) as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{HEIGHT}\" viewBox=\"0 0 {width} \
         {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (index, chart) in charts.iter().enumerate() {
        let _ = writeln!(out, "<g transform=\"translate({} 0)\">", WIDTH * index as f64);
        chart.draw(&mut out);
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

/// Where a point is drawn.
fn place((across, up): (f64, f64)) -> (f64, f64) {
    (MARGIN + SIDE * across.clamp(0.0, 1.0), TOP + SIDE * (1.0 - up.clamp(0.0, 1.0)))
}

/// `text` as it stands in XML and HTML between tags.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_where_they_belong() {
        let mut chart = Chart::new("a < b", "x", "y");
        chart.add(Series::line("line", vec![(0.0, 0.0), (1.0, 0.5)]));
        chart.add(Series::point("point", (0.5, 2.0)));
        let svg = chart.to_svg();
        assert!(svg.contains("points=\"55.0,340.0 355.0,190.0\""), "{svg}");
        assert!(svg.contains("<circle cx=\"205.0\" cy=\"40.0\" r=\"6\""), "{svg}");
        assert!(svg.contains("a &lt; b") && !svg.contains("stroke-dasharray"));
        let crowded = vec![(0.5, 0.5); 9];
        let mut dense = Chart::new("dense", "x", "y");
        dense.add(Series::line("line", crowded));
        assert!(dense.to_svg().contains("points=\"205.0,190.0\""));
        assert_eq!(svg.matches("<svg").count(), 1);
        assert_eq!(side_by_side(&[chart, Chart::new("c", "x", "y")]).matches("<g ").count(), 2);
    }
}
