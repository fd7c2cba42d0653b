//! Small certificate authorities in folders, as `openssl ca` keeps them: `<base>/<name>/<name>_ca_cert.crt`, `certs/` and `index.txt`.
//!
//! The certificates themselves are made by the room `x509`.

mod container;
mod index;
mod look;
mod make;
mod place;

sdk::module!(
    tls,
    [
        make::CreateCa,
        make::CreateCsr,
        make::CreateSelfSignedCert,
        make::CreateCaSignedCert,
        make::CreateEmptyCrl,
        make::RevokeCert,
        container::CreatePkcs12,
        look::CaExists,
        look::GetCa,
        look::GetCaSignedCert,
        look::GetCaSignedKey,
        look::CertBasePath as "set_ca_path",
        look::CertInfo,
        look::GetExpirationDate,
        look::GetExtensions,
        look::Validate,
    ]
);

#[cfg(test)]
mod tests;
