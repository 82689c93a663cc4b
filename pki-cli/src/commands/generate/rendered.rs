//! What `--render` needs of a run.

use pki_core::plan::{Inventory, PlanOptions, Site};
use pki_core::{Authority, BundleFile, CatalogEntry, FileRole, PlacedFile};

/// The certificate of the cluster's CA: just made, or there already.
pub(super) fn ca<'a>(
    made: &'a [BundleFile],
    inventory: &'a Inventory,
    options: &PlanOptions,
) -> Option<&'a [u8]> {
    let files = CatalogEntry::of_authority(Authority::Cluster).files(&options.etcd_naming);
    let is_certificate = |file: &&PlacedFile| file.role == FileRole::Certificate;
    let certificate = files.iter().find(is_certificate)?;
    let is_it = |made: &&BundleFile| made.site == Site::Shared && made.file == *certificate;
    match made.iter().find(is_it) {
        Some(made) => Some(&made.content),
        None => inventory.content(Site::Shared, certificate),
    }
}
