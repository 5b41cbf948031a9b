package dev.sluice.secret;

import dev.sluice.proxy.Secret;
import dev.sluice.secret.EncryptionKey.State;
import java.util.ArrayList;
import java.util.List;

/** Encryption keys that the configuration gives: by comma, the first encrypts. */
final class GivenKeys implements KeySource {
    private static final String NAME = "security.encryption.keys (SLUICE_ENCRYPTION_KEY)";

    private final List<EncryptionKey> keys;

    GivenKeys(Secret given) {
        List<EncryptionKey> read = new ArrayList<>();
        String[] texts = given.reveal().split(",", -1);
        for (int i = 0; i < texts.length; i++) {
            String where = NAME + (texts.length == 1 ? "" : ", key " + (i + 1));
            read.add(EncryptionKey.parse(texts[i].strip(), where, i == 0 ? State.PRIMARY : State.OLD));
        }
        this.keys = List.copyOf(read);
    }

    @Override
    public String kind() {
        return "environment";
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean managed() {
        return false;
    }

    @Override
    public List<EncryptionKey> read() {
        return keys;
    }

    @Override
    public List<EncryptionKey> readOrMake() {
        return keys;
    }

    @Override
    public void write(List<EncryptionKey> before, List<EncryptionKey> after) {
        throw new EncryptionKeyException(NAME + ": is not written by this program");
    }
}
