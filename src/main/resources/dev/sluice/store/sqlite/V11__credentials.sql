-- Passwords of proxies are encrypted: password holds v1: and base64 of what AES-256-GCM made of it, and credential_digest
-- k1: and an HMAC under a key that the table setting holds, encrypted too, as credentials.digest-key. Rows that hold a
-- password in the clear are found by an index, which has nothing in it once they are encrypted.
--
-- An older program takes what is encrypted for the password itself, and cannot read the longest of it. So there is no way
-- down before everything is in the clear again.
--
-- down needs empty: proxy WHERE substr(password, 1, 3) = 'v1:' AND substr(credential_digest, 1, 3) = 'k1:'
-- down refused: passwords of proxies are encrypted, and an older program cannot read them (expected: none; stop every server, then sluice keys rotate-encryption unseal, with security.encryption.seal false)

-- up
CREATE INDEX proxy_plain_password ON proxy (id)
WHERE password IS NOT NULL AND (substr(password, 1, 3) <> 'v1:' OR substr(credential_digest, 1, 3) <> 'k1:');

-- down
DROP INDEX proxy_plain_password;
