package dev.sluice.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.EncryptionKey.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFileTest {
    private static final String ONE = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private static final String TWO = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

    @TempDir
    private Path folder = Path.of(".");

    private Path path() {
        return folder.resolve("data").resolve(KeyFile.NAME);
    }

    private KeyFile file() {
        return new KeyFile(path(), false, new SecureRandom());
    }

    private void write(String text, String permissions) throws IOException {
        Files.createDirectories(path().getParent());
        Files.writeString(path(), text);
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString(permissions));
    }

    @Test
    void aRetiredKeyKeepsItsTime() throws IOException {
        write("primary " + ONE + "\n", "rw-------");
        List<EncryptionKey> before = file().read();
        EncryptionKey retired = EncryptionKey.parse(TWO, "test", State.OLD).retired(1_800_000_000_123L);

        file().write(before, List.of(before.get(0), retired));

        assertThat(Files.readString(path())).contains("retired 2027-01-15T08:00:00.123Z " + TWO);
        assertThat(file().read().get(1)).satisfies(key -> {
            assertThat(key.same(retired)).isTrue();
            assertThat(key.state()).isEqualTo(State.RETIRED);
            assertThat(key.retiredMillis()).isEqualTo(1_800_000_000_123L);
        });
        for (String wrong : List.of("retired " + TWO, "retired yesterday " + TWO, "old 2027-01-15T08:00:00Z " + TWO)) {
            write("primary " + ONE + "\n" + wrong + "\n", "rw-------");
            assertThatThrownBy(() -> file().read())
                    .isInstanceOf(EncryptionKeyException.class)
                    .hasMessageContaining("line 2")
                    .hasMessageContaining("expected")
                    .hasMessageNotContaining(TWO);
        }
    }

    @Test
    void itIsMadeOnFirstNeedForItsOwnerAlone() throws IOException {
        assertThat(file().read()).isEmpty();
        assertThat(path()).doesNotExist();

        EncryptionKey made = file().readOrMake().get(0);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-------");
        assertThat(file().readOrMake()).singleElement().matches(made::same);
        assertThat(made.state()).isEqualTo(State.PRIMARY);
        try (Stream<Path> files = Files.list(path().getParent())) {
            assertThat(files).as("no drafts stay").containsExactly(path());
        }
    }

    @ParameterizedTest
    @CsvSource({"rw-r-----, 0640", "rw----r--, 0604", "rw--w----, 0620", "rwx--x---, 0710", "r------w-, 0402"})
    void oneThatOthersMayTouchIsRefused(String permissions, String mode) throws IOException {
        write(ONE, permissions);

        assertThatThrownBy(() -> file().read())
                .hasMessageContaining(path().toString())
                .hasMessageContaining("mode " + mode)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void aLinkToOneThatOthersMayReadIsRefused() throws IOException {
        write(ONE, "rw-r--r--");
        Path link = folder.resolve("link");
        Files.createSymbolicLink(link, path());

        assertThatThrownBy(() -> new KeyFile(link, false, new SecureRandom()).read())
                .hasMessageContaining("mode 0644");
        assertThat(new KeyFile(link, true, new SecureRandom()).read())
                .as("mounted")
                .hasSize(1);
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw--w----"));
        assertThatThrownBy(() -> new KeyFile(link, true, new SecureRandom()).read())
                .hasMessageContaining("mode 0620");
    }

    @ParameterizedTest
    @ValueSource(strings = {"r--------", "rw-------"})
    void oneOfItsOwnerIsRead(String permissions) throws IOException {
        write("# a comment\n\nprimary " + ONE + " # said\nold " + TWO + "\n", permissions);

        assertThat(file().read()).extracting(EncryptionKey::state).containsExactly(State.PRIMARY, State.OLD);
    }

    @Test
    void plainLinesAreKeysTheFirstOfWhichEncrypts() throws IOException {
        write(ONE + "\n" + TWO, "rw-------");

        assertThat(file().read()).extracting(EncryptionKey::text).containsExactly(ONE, TWO);
        assertThat(file().read()).extracting(EncryptionKey::state).containsExactly(State.PRIMARY, State.OLD);
    }

    @ParameterizedTest
    @CsvSource({
        "'primary c2VjcmV0bWFya2Vy', '32'",
        "'primary secretmarker!', 'no base64'",
        "'first secretmarker', 'primary, next or old'",
        "'old MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=', 'first key is primary'",
        "'# nothing', 'no key in it'",
        "'{\"secretmarker\": 1}', 'keyset of Tink'",
    })
    void whatIsNoKeyIsRefusedWithoutShowingIt(String text, String expected) throws IOException {
        write(text, "rw-------");

        assertThatThrownBy(() -> file().read())
                .isInstanceOf(EncryptionKeyException.class)
                .hasMessageContaining(path().toString())
                .hasMessageContaining(expected)
                .hasMessageNotContaining("secretmarker")
                .hasMessageNotContaining("MDEy");
    }

    @Test
    void aKeysetOfTinkIsRead() throws Exception {
        AeadConfig.register();
        KeysetHandle handle = KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
        write(TinkJsonProtoKeysetFormat.serializeKeyset(handle, InsecureSecretKeyAccess.get()), "rw-------");

        assertThat(file().managed()).isFalse();
        assertThat(file().read())
                .singleElement()
                .extracting(EncryptionKey::id)
                .isEqualTo(handle.getAt(0).getId());
    }

    @Test
    void itIsReplacedWholeAndOnlyAsItWasRead() throws IOException {
        List<EncryptionKey> before = file().readOrMake();
        List<EncryptionKey> after = List.of(before.get(0), EncryptionKey.random(new SecureRandom(), State.NEXT));

        file().write(before, after);

        assertThat(file().read()).extracting(EncryptionKey::state).containsExactly(State.PRIMARY, State.NEXT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> file().write(before, after)).hasMessageContaining("changed meanwhile");
    }

    @Test
    void givenKeysNameTheirPlaceAndNotTheirContent() {
        assertThat(new GivenKeys(Secret.of(ONE + ", " + TWO)).read()).hasSize(2);
        assertThatThrownBy(() -> new GivenKeys(Secret.of(ONE + ",c2hvcnQ=")))
                .hasMessageContaining("SLUICE_ENCRYPTION_KEY")
                .hasMessageContaining("key 2")
                .hasMessageContaining("5 bytes")
                .hasMessageNotContaining("c2hvcnQ");
        assertThatThrownBy(() -> KeyRing.of(new GivenKeys(Secret.of(ONE + ',' + ONE)).read(), "here"))
                .hasMessage("here: key 2 is key 1 again (expected: every key once)");
    }
}
