package dev.sluice.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PepperFileTest {
    @TempDir
    private Path folder = Path.of(".");

    private Path path() {
        return folder.resolve("data").resolve(PepperFile.NAME);
    }

    private PepperFile file() {
        return new PepperFile(path(), new SecureRandom());
    }

    @Test
    void itIsMadeOnFirstNeedForItsOwnerAlone() throws IOException {
        assertThat(file().read()).isEmpty();
        assertThat(path()).doesNotExist();

        Pepper made = file().readOrMake();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-------");
        assertThat(file().read())
                .hasValueSatisfying(read -> assertThat(read.id()).isEqualTo(made.id()));
        assertThat(file().readOrMake().hash("x")).isEqualTo(made.hash("x"));
        try (Stream<Path> files = Files.list(folder.resolve("data"))) {
            assertThat(files).as("no drafts stay").containsExactly(path());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rw-r-----, 0640",
        "rw----r--, 0604",
        "rw-rw-rw-, 0666",
        "rwx--x---, 0710",
        "r------w-, 0402",
    })
    void oneThatOthersMayTouchIsRefused(String permissions, String mode) throws IOException {
        file().readOrMake();
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString(permissions));

        assertThatThrownBy(() -> file().read())
                .isInstanceOf(PepperException.class)
                .hasMessageContaining(path().toString())
                .hasMessageContaining("mode " + mode)
                .hasMessageContaining("expected: mode 0600");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rwx------"})
    void oneThatOnlyItsOwnerMayTouchIsRead(String permissions) throws IOException {
        String id = file().readOrMake().id();
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString(permissions));

        assertThat(file().readOrMake().id()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "abc", "zz", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg"})
    void somethingElseIsRefusedAndNotPrinted(String content) throws IOException {
        file().readOrMake();
        Files.writeString(path(), content);

        assertThatThrownBy(() -> file().readOrMake())
                .isInstanceOf(PepperException.class)
                .hasMessageContaining(path().toString())
                .hasMessageContaining("64 hexadecimal digits")
                .hasMessageNotContaining("0123456789abcdef");
        assertThat(path()).hasContent(content);
    }

    @Test
    void thoseWhoMakeItAtTheSameTimeGetTheSame() throws Exception {
        Set<String> ids = ConcurrentHashMap.newKeySet();
        Thread[] threads = IntStream.range(0, 4)
                .mapToObj(i -> new Thread(() -> ids.add(file().readOrMake().id())))
                .toArray(Thread[]::new);
        for (Thread thread : threads) {
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(60));
        }

        assertThat(ids).hasSize(1);
    }

    @Test
    void aShortConfiguredOneIsRefused() {
        assertThatThrownBy(() -> Peppers.configured(Secret.of("short-one")))
                .isInstanceOf(PepperException.class)
                .hasMessage("security.pepper: 9 bytes (expected: 32 or more)");
    }
}
