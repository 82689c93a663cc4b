//! Plans the tree of three hosts in memory and lists its files. Nothing is
//! read and nothing is written: an empty `Inventory` says that no file exists
//! yet, and the `Bundle` holds the files' bytes. What to do with them is the
//! caller's matter; `kpki gen` writes them in one transaction.
//!
//! ```text
//! cargo run -p pki-core --example cluster
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it made")]
#![expect(
    clippy::disallowed_methods,
    reason = "a program, unlike the core, reads the clock"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use pki_core::plan::{Inventory, Plan, PlanOptions, Site};
use pki_core::{Bundle, Cluster, Error, Host, KeyAlgorithm, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix(i64::try_from(seconds)?)?;
    let mut random = |buffer: &mut [u8]| getrandom::fill(buffer).map_err(|_| Error::Randomness);

    let mut cluster = Cluster::new(vec![
        Host::control_plane("m0".parse()?, [10, 0, 0, 10].into()),
        Host::control_plane("m1".parse()?, [10, 0, 0, 11].into()),
        Host::control_plane("m2".parse()?, [10, 0, 0, 12].into()),
    ]);
    cluster.control_plane_endpoint = Some("vip.k8s.internal:6443".parse()?);
    cluster.key_algorithm = KeyAlgorithm::EcdsaP256;
    cluster.kubeconfig_key_algorithm = KeyAlgorithm::EcdsaP256;

    let options = PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    };
    let nothing = Inventory::new();
    let plan = Plan::new(&cluster, &options, &nothing, now)?;
    let bundle = Bundle::new(&plan, &cluster, &nothing, now, &mut random, &|| {})?;

    for made in bundle.into_files() {
        let home = match made.site {
            Site::Shared => "shared",
            Site::Host(index) => cluster.hosts[index].name.as_str(),
        };
        let (mode, size) = (made.file.role.mode(), made.content.len());
        println!("{mode:04o} {size:5} {home}/{}", made.file.path);
    }
    Ok(())
}
