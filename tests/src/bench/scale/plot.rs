//! A series as a plot with logarithmic axes, where a straight line is a power and its slope the exponent.

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use plotters::prelude::*;

use super::series::{Line, Series};

/// The size of a plot, in pixels.
const SIZE: (u32, u32) = (780, 440);

/// The colours of the lines, which people tell apart who do not tell red from green (Okabe and Ito, 2008). There are no
/// more lines in a plot than colours: the costliest ones.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// Draws it into that file, as SVG.
///
/// # Errors
/// If the file cannot be written; says why.
pub(super) fn draw(series: &Series, file: &Path) -> Result<(), String> {
    let drawn = drawn(series, file);
    drawn.map_err(|error| format!("{}: {error}", file.display()))
}

fn drawn(series: &Series, file: &Path) -> Result<(), Box<dyn Error>> {
    let lines = costliest(series);
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let costs = lines.iter().flat_map(|line| line.costs.iter().copied());
    let amounts: Vec<f64> = series.amounts.iter().copied().map(float).collect();
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .caption(series.title, ("sans-serif", 20))
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(
            around(amounts.iter().copied(), 1.0).log_scale(),
            // Above the lines there is room for their names.
            around(costs, 1.6).log_scale(),
        )?;
    chart
        .configure_mesh()
        .x_desc(series.work)
        .y_desc("cost, in the unit of each line")
        .x_label_formatter(&|amount| short(*amount))
        .y_label_formatter(&|cost| short(*cost))
        .light_line_style(BLACK.mix(0.05))
        .draw()?;
    for (line, colour) in lines.iter().zip(COLOURS) {
        let points = amounts.iter().copied().zip(line.costs.iter().copied());
        let style = colour.stroke_width(2).filled();
        chart
            .draw_series(LineSeries::new(points, style).point_size(3))?
            .label(format!("{}, {}", line.name.replace('`', ""), line.unit))
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2))
        .draw()?;
    root.present()?;
    Ok(())
}

/// The lines that are drawn: those that cost most in the end.
fn costliest(series: &Series) -> Vec<&Line> {
    let mut lines: Vec<_> = series.lines.iter().collect();
    let last = |line: &Line| line.costs.last().copied().unwrap_or_default();
    lines.sort_by(|one, other| last(other).total_cmp(&last(one)));
    lines.truncate(COLOURS.len());
    lines
}

/// A range in which all values lie, whole powers of ten where `room` is 1; else with that power more above them.
fn around(values: impl Iterator<Item = f64>, room: f64) -> Range<f64> {
    let (least, most) = values.fold((f64::MAX, f64::MIN_POSITIVE), |(least, most), value| {
        (least.min(value), most.max(value))
    });
    let least = 10_f64.powf(least.max(1e-6).log10().floor());
    let most = most.max(least * 10.0);
    least..least * (most / least).powf(room)
}

/// A number on an axis, with the prefixes of thousands.
fn short(number: f64) -> String {
    match number {
        1e6.. => format!("{}M", number / 1e6),
        1e3.. => format!("{}k", number / 1e3),
        _ => format!("{number}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a pixel needs no more digits")]
fn float(amount: u64) -> f64 {
    amount as f64
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::series::Growth;
    use super::*;

    #[test]
    fn a_plot_names_what_it_shows() {
        let line = Line {
            costs: vec![0.2, 2.0, 31.0],
            ..Line::new("a request", "ms", Growth::Linear)
        };
        let series = Series {
            name: "things",
            title: "More things",
            work: "things",
            amounts: vec![1, 10, 100],
            lines: vec![line],
            notes: Vec::new(),
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(series.picture());
        draw(&series, &file).unwrap();
        let drawn = fs::read_to_string(&file).unwrap();
        for text in ["More things", "a request, ms", "things", "<polyline"] {
            assert!(drawn.contains(text), "{text} is missing in {drawn}");
        }
    }

    #[test]
    fn only_the_costliest_lines_are_drawn() {
        let line = |cost: u32| Line {
            costs: vec![cost.into()],
            ..Line::new(cost.to_string(), "ms", Growth::Linear)
        };
        let series = Series {
            name: "things",
            title: "More things",
            work: "things",
            amounts: vec![1],
            lines: (0..9).map(line).collect(),
            notes: Vec::new(),
        };
        let names: Vec<_> = costliest(&series).iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["8", "7", "6", "5", "4", "3"]);
    }

    #[test]
    fn all_values_lie_in_the_range_around_them() {
        let range = around([3.0, 500.0].into_iter(), 1.0);
        assert!(range.start <= 1.0 + 1e-9 && range.end >= 500.0 - 1e-9, "{range:?}");
        assert!(around([3.0, 500.0].into_iter(), 1.5).end > 5_000.0);
    }
}
