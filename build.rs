//! Files that come or go in `static/app` have to reach the program: the macro that takes them in sees
//! only those that it took in before.

fn main() {
    println!("cargo:rerun-if-changed=static/app");
}
