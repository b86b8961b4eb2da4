//! Takes the files of the web app into account, and says when there are none.
//!
//! The macro that embeds `static/app` sees only changes of files that it embedded before. The folder
//! above is watched, because cargo builds again and again when a watched file does not exist.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=static");
    if !Path::new("static/app/index.html").is_file() {
        println!(
            "cargo:warning=the web app is not in static/app: this program serves the API and /docs only \
             (`make run` builds it; node 20 is needed)"
        );
    }
}
