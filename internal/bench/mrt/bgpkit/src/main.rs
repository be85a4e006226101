// Counts what bgpkit-parser reads: `peer elems FILE` or `peer routes FILE`; the file is opened by the parser itself.
use bgpkit_parser::BgpkitParser;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let parser = BgpkitParser::new(&args[2]).expect("open");
    let n = match args[1].as_str() {
        "elems" => parser.into_elem_iter().count(),
        "routes" => parser.into_route_iter().count(),
        other => panic!("{other} is neither elems nor routes"),
    };
    println!("{n}");
}
