# Keys, requests, certificates and revocation lists. The authority's key is made of a seed, so that both machines sign alike.
# before: mkdir -p /etc/pki; { echo '-----BEGIN PRIVATE KEY-----'; printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040compare-of-salt-and-sylvite-2026' | base64; echo '-----END PRIVATE KEY-----'; } > /etc/pki/ca.key; chmod 600 /etc/pki/ca.key
# differs: missing file.managed: Salt shows the file below it as a state of its own
# differs: /etc/pki/ec.key: every machine makes a key of its own
# differs: /etc/pki/list.crl: the time of the run is signed in it
# differs: /etc/pki/own.key: every machine makes a key of its own
/etc/pki/own.key:
  x509.private_key_managed:
    - algo: rsa
    - keysize: 2048
    - mode: '0600'

/etc/pki/ec.key:
  x509.private_key_managed:
    - algo: ec
    - keysize: 256

/etc/pki/ca.crt:
  x509.certificate_managed:
    - signing_private_key: /etc/pki/ca.key
    - CN: ca.example.com
    - C: US
    - O: Compare
    - serial_number: '01:02:03:04'
    - basicConstraints: critical, CA:true
    - keyUsage: critical, cRLSign, keyCertSign
    - subjectKeyIdentifier: hash
    - authorityKeyIdentifier: keyid:always,issuer
    - not_before: '2026-01-01 00:00:00'
    - not_after: '2036-01-01 00:00:00'
    - days_remaining: 0

/etc/pki/www.csr:
  x509.csr_managed:
    - private_key: /etc/pki/ca.key
    - CN: www.example.com
    - subjectAltName: DNS:www.example.com, IP:10.0.0.1
    - basicConstraints: critical, CA:false

/etc/pki/www.crt:
  x509.certificate_managed:
    - signing_private_key: /etc/pki/ca.key
    - signing_cert: /etc/pki/ca.crt
    - csr: /etc/pki/www.csr
    - CN: www.example.com
    - serial_number: '0A'
    - extendedKeyUsage: serverAuth
    - subjectAltName: [DNS:www.example.com, 'IP:10.0.0.1']
    - not_before: '2026-01-01 00:00:00'
    - not_after: '2036-01-01 00:00:00'
    - days_remaining: 0
    - require: [x509: /etc/pki/www.csr]

/etc/pki/list.crl:
  x509.crl_managed:
    - signing_private_key: /etc/pki/ca.key
    - signing_cert: /etc/pki/ca.crt
    - days_valid: 30
    - days_remaining: 3
    - revoked:
      - serial_number: '0B:0C'
        revocation_date: '2026-01-02 00:00:00'
        extensions: {CRLReason: keyCompromise}

/etc/pki/copy.crt:
  x509.pem_managed:
    - text: |
        -----BEGIN CERTIFICATE-----
        no certificate
        -----END CERTIFICATE-----
