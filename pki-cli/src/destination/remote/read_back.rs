//! The bytes that lie at another host after files were written.

use std::path::Path;

use zeroize::Zeroizing;

use super::digest::Digests;
use super::records::Records;
use super::{LARGEST, MOST_OF_A_FILE, READ_BACK, RemoteDirectory, parts};
use crate::failure::Failure;
use crate::remote::bare;
use crate::store::{RelPath, quote};

impl RemoteDirectory {
    /// Those that may have a key are compared where they lie before they are fetched.
    pub(super) fn read_files_back(
        &mut self,
        paths: &[RelPath],
    ) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let readable = paths.iter().map(|path| self.call("readable", [path]));
        let mut script: String = std::iter::once(bare(READ_BACK)).chain(readable).collect();
        let known: Vec<_> = paths
            .iter()
            .filter_map(|path| Some((path, self.expected.get(path)?)))
            .collect();
        if !known.is_empty() {
            let words = Digests::words(known.iter().map(|(_, digests)| *digests));
            let call = format!("are_expected {words}");
            script.push_str(&self.call(&call, known.iter().map(|(path, _)| *path)));
        }
        let sizes: Option<Vec<_>> = paths
            .iter()
            .map(|path| self.sizes.get(path).copied())
            .collect();
        if let Some(sizes) = sizes {
            let at_once = script.clone() + &self.call("contents", paths);
            let answer = self.run_for(sizes.iter().sum(), &at_once)?;
            let mut records = Records::new(&answer, self.session.nonce());
            if let Some(parts) = parts(records.content()?, sizes) {
                let own = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
                return Ok(parts.into_iter().map(own).collect());
            }
        }
        // Nobody knows where one ends, or somebody else writes there.
        for path in paths {
            script.push_str(&self.call("content", [path]));
        }
        let answer = self.run_for(paths.len() * MOST_OF_A_FILE, &script)?;
        let mut records = Records::new(&answer, self.session.nonce());
        let mut read = Vec::with_capacity(paths.len());
        for path in paths {
            let bytes = records.content()?;
            if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
                let path = self.path(path);
                return Err(Failure::new(format!(
                    "{} is larger than 1 MiB",
                    quote(Path::new(&path))
                )));
            }
            read.push(Zeroizing::new(bytes.to_vec()));
        }
        Ok(read)
    }
}
