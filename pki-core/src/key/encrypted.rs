//! Opening encrypted private keys: the headers of RFC 1421 in OpenSSL's old
//! way, and PKCS#8 with PBES2 (RFC 8018). ring and aws-lc have no DES and no
//! scrypt, so this is RustCrypto's, and this file alone names it.

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use der::asn1::ObjectIdentifier;
use der::{Decode, ErrorKind};
use des::{Des, TdesEde3};
use md5::{Digest, Md5};
use pkcs5::pbes2::{Kdf, PBES2_OID, Parameters};
use zeroize::Zeroizing;

use crate::pem_text::{Block, ENCRYPTED_PKCS8};
use crate::{Error, asn1, hexadecimal};

/// The DER of an encrypted private key.
pub(super) fn decrypt(block: Block, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let plain = match block.label.as_str() {
        ENCRYPTED_PKCS8 => pkcs8(&block.contents, password)?,
        _ => legacy(block, password)?,
    };
    // One wrong password of 256 leaves what looks like padding.
    match asn1::content(asn1::SEQUENCE, &plain) {
        Some(_) => Ok(plain),
        None => Err(Error::WrongPassword),
    }
}

fn malformed() -> Error {
    Error::UnknownPrivateKey {
        why: "its encryption is malformed",
    }
}

/// RFC 1421 section 4.6.1.3: `DEK-Info: AES-256-CBC,27B6…`.
fn legacy(block: Block, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let info = block.dek_info.as_deref().ok_or_else(malformed)?;
    let (algorithm, iv) = info.split_once(',').ok_or_else(malformed)?;
    let iv = hexadecimal::octets(iv.trim()).ok_or_else(malformed)?;
    match algorithm.trim() {
        "DES-CBC" => cbc::<Des>(8, &iv, password, block.contents),
        "DES-EDE3-CBC" => cbc::<TdesEde3>(24, &iv, password, block.contents),
        "AES-128-CBC" => cbc::<Aes128>(16, &iv, password, block.contents),
        "AES-192-CBC" => cbc::<Aes192>(24, &iv, password, block.contents),
        "AES-256-CBC" => cbc::<Aes256>(32, &iv, password, block.contents),
        other => Err(Error::UnknownEncryption {
            algorithm: other.to_owned(),
        }),
    }
}

fn cbc<C: BlockCipherDecrypt + KeyInit>(
    key_length: usize,
    iv: &[u8],
    password: &[u8],
    mut buffer: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let salt = iv.get(..8).ok_or_else(malformed)?;
    let key = md5_key(key_length, password, salt);
    let cipher = cbc::Decryptor::<C>::new_from_slices(&key, iv).map_err(|_| malformed())?;
    // The vector has the length of a block, or there were no cipher.
    if buffer.is_empty() || !buffer.len().is_multiple_of(iv.len()) {
        return Err(malformed());
    }
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut buffer);
    let length = plain.map_err(|_| Error::WrongPassword)?.len();
    buffer.truncate(length);
    Ok(buffer)
}

/// OpenSSL's EVP_BytesToKey with MD5 and one round: the first eight octets of
/// the vector are the salt.
fn md5_key(length: usize, password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
    // Room for two more digests, so that no copy is left behind by growing.
    let mut key = Zeroizing::new(Vec::with_capacity(length + 32));
    let mut digest = Zeroizing::new(Vec::new());
    while key.len() < length {
        let hash = Md5::new().chain_update(digest.as_slice());
        let hash = hash.chain_update(password).chain_update(salt).finalize();
        digest = Zeroizing::new(hash.to_vec());
        key.extend_from_slice(&digest);
    }
    key.truncate(length);
    key
}

/// `EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm
/// AlgorithmIdentifier, encryptedData OCTET STRING }` (RFC 5958 section 3).
fn pkcs8(der: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let parts = asn1::children(asn1::SEQUENCE, der).ok_or_else(malformed)?;
    let [algorithm, encrypted] = *parts.as_slice() else {
        return Err(malformed());
    };
    let encrypted = asn1::content(asn1::OCTET_STRING, encrypted).ok_or_else(malformed)?;
    let parameters = pbes2(algorithm)?;
    check_cost(&parameters)?;
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let plain = parameters.decrypt_in_place(password, &mut buffer);
    let length = plain
        .map_err(|error| match error {
            pkcs5::Error::DecryptFailed => Error::WrongPassword,
            pkcs5::Error::UnsupportedAlgorithm { oid } => unknown(&oid),
            _ => malformed(),
        })?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

/// `PBES2-params ::= SEQUENCE { keyDerivationFunc, encryptionScheme }`
/// (RFC 8018 appendix A.4); what came before it is broken, and not read.
fn pbes2(algorithm: &[u8]) -> Result<Parameters, Error> {
    let parts = asn1::children(asn1::SEQUENCE, algorithm).ok_or_else(malformed)?;
    let (id, parameters) = parts.split_first().ok_or_else(malformed)?;
    let id = ObjectIdentifier::from_der(id).map_err(|_| malformed())?;
    if id != PBES2_OID {
        return Err(unknown(&id));
    }
    Parameters::from_der(&parameters.concat()).map_err(|error| match error.kind() {
        ErrorKind::OidUnknown { oid } => unknown(&oid),
        _ => malformed(),
    })
}

fn unknown(oid: &ObjectIdentifier) -> Error {
    Error::UnknownEncryption {
        algorithm: oid.to_string(),
    }
}

/// The file says how much work its key is: a hostile one must not keep the
/// machine busy.
fn check_cost(parameters: &Parameters) -> Result<(), Error> {
    const MOST_ITERATIONS: u32 = 10_000_000;
    const MOST_MEMORY: u64 = 1 << 30;
    match &parameters.kdf {
        Kdf::Pbkdf2(pbkdf2) => match pbkdf2.iteration_count {
            0 => Err(malformed()),
            1..=MOST_ITERATIONS => Ok(()),
            _ => Err(Error::CostlyEncryption {
                what: "it asks for more than 10000000 iterations of PBKDF2",
            }),
        },
        // RFC 7914 section 2: N is a power of two above one, a block has 128 r
        // octets, and all is done p times.
        Kdf::Scrypt(scrypt) => {
            let (n, r, p) = (
                scrypt.cost_parameter,
                u64::from(scrypt.block_size),
                u64::from(scrypt.parallelization),
            );
            if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
                return Err(malformed());
            }
            // r and p have 16 bits each.
            match n.checked_mul(128 * r * p) {
                Some(..=MOST_MEMORY) => Ok(()),
                _ => Err(Error::CostlyEncryption {
                    what: "it asks for more than 1 GiB by scrypt",
                }),
            }
        }
        _ => Err(malformed()),
    }
}

#[cfg(test)]
mod tests;
