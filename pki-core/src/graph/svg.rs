//! The picture as SVG: one file without script, font or image from elsewhere,
//! readable on light and dark pages.
//!
//! ```text
//! Wide     CAs side by side, below them the hosts, three in a row; a line of
//!          the CA's colour goes to each host that has it
//! Narrow   the same one below the other, with the lines along the left edge
//! ```

mod authority_card;
mod canvas;
mod card;
mod host_card;
mod legend;
mod place;
mod route;
mod style;

use super::Graph;
use super::words::{plain, shortened, wrapped};
use authority_card::AuthorityCard;
use canvas::Canvas;
use host_card::HostCard;
use place::{Layout, Measures};

/// For how wide a place it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A page or a screen.
    Wide,
    /// A telephone.
    Narrow,
}

/// Hosts that are drawn; what else there is gets a line of text.
const MOST_HOSTS: usize = 60;
/// Authorities that are drawn: an honest cluster has four.
const MOST_AUTHORITIES: usize = 12;

/// Draws the graph. Names that find no room are shortened, and whole in the
/// text that a pointer shows.
#[must_use]
pub fn svg(graph: &Graph, shape: Shape) -> String {
    let shown = graph.authorities.len().min(MOST_AUTHORITIES);
    let measures = Measures::new(shape, shown, graph.hosts.len().min(MOST_HOSTS));
    let authorities = (0..shown).filter_map(|index| AuthorityCard::new(graph, index, &measures));
    let authorities: Vec<_> = authorities.collect();
    let hosts = graph.hosts.iter().take(MOST_HOSTS).enumerate();
    let hosts: Vec<_> = hosts
        .map(|(index, host)| HostCard::new(graph, index, host, &measures))
        .collect();
    let small = measures.columns_of(11);
    let subtitle = wrapped(&plain(&graph.subtitle()), small, 4);
    let top = 60 + 15 * subtitle.len();
    let layout = Layout::new(&measures, &authorities, &hosts, top);

    let mut canvas = Canvas::new();
    let title = shortened(&graph.title(), measures.columns_of(17));
    canvas.text((measures.left, 38), "kg-h", &title);
    for (number, line) in subtitle.iter().enumerate() {
        canvas.text((measures.left, 60 + 15 * number), "kg-s kg-m", line);
    }
    for line in route::lines(&measures, &layout, &hosts) {
        canvas.line(&line.points, &format!("kg-line kg-a{}", line.color));
    }
    for (card, area) in authorities.iter().zip(&layout.authorities) {
        card.draw(&mut canvas, *area);
    }
    for (card, area) in hosts.iter().zip(&layout.hosts) {
        card.draw(&mut canvas, *area, &measures);
    }
    let (mut x, mut y) = (measures.left, layout.legend);
    for item in legend::legend(graph) {
        if x > measures.left && x + item.width() > measures.right() {
            (x, y) = (measures.left, y + 18);
        }
        item.draw(&mut canvas, (x, y));
        x += item.width();
    }
    let more = graph.hosts.len() - hosts.len() + graph.authorities.len() - authorities.len();
    if more > 0 {
        y += 18;
        let text = format!("{more} more are not drawn");
        canvas.text((measures.left, y), "kg-s kg-m", &text);
    }
    finished(graph, &measures, &canvas, y + 18)
}

/// The canvas in a document with its title and colours.
fn finished(graph: &Graph, measures: &Measures, canvas: &Canvas, height: usize) -> String {
    let width = measures.width;
    let mut document = Canvas::new();
    document.raw("<!-- made by kpki graph -->\n");
    document.raw(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"kpki-graph\" role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n"
    ));
    document.element("title", &graph.title());
    document.element("desc", &graph.description());
    document.raw(&format!("<style>{}</style>\n", style::STYLE));
    document.rect((0, 0), (width, height), 12, "kg-back");
    document.raw(canvas.as_str());
    document.raw("</svg>\n");
    document.into_string()
}
