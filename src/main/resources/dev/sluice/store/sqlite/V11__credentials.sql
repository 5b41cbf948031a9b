-- Passwords of proxies are encrypted: password holds v1: and base64 of what AES-256-GCM made of it, and credential_digest
-- k1: and an HMAC under a key that the table setting holds, encrypted too, as credentials.digest-key. Rows that hold a
-- password in the clear are found by an index, which has nothing in it once they are encrypted.
--
-- Nothing of that is undone on the way down. An older program takes what is encrypted for the password itself: proxies
-- that ask for one refuse it, until a newer program is back.

-- up
CREATE INDEX proxy_plain_password ON proxy (id)
WHERE password IS NOT NULL AND (substr(password, 1, 3) <> 'v1:' OR substr(credential_digest, 1, 3) <> 'k1:');

-- down
DROP INDEX proxy_plain_password;
