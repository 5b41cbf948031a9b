package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigFile;
import dev.sluice.port.Reload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatchTest {
    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Path file = Path.of("");
    private String inForce = "";
    private int reloads;
    private boolean accepts = true;
    private ConfigWatch watch = watch();

    @BeforeEach
    void aFileInForce() throws IOException {
        file = folder.resolve("sluice.yaml");
        Files.writeString(file, "a: 1\n");
        inForce = hash();
        watch = watch();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    private ConfigWatch watch() {
        return new ConfigWatch(vertx, file, () -> inForce, this::reload, task -> Future.failedFuture("not by a timer"));
    }

    private String hash() throws IOException {
        return ConfigFile.hash(Files.readAllBytes(file));
    }

    private Future<Reload.Result> reload() {
        reloads++;
        try {
            inForce = accepts ? hash() : inForce;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Future.succeededFuture(new Reload.Result(List.of(), List.of(), List.of()));
    }

    private void looks(int times) {
        for (int i = 0; i < times; i++) {
            watch.look();
        }
    }

    @Test
    void whatIsInForceIsLetBe() throws IOException {
        looks(3);
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        looks(3);
        assertThat(reloads).isZero();
    }

    @Test
    void aFileWrittenInPlaceIsReadOnceItIsTheSameTwice() throws IOException {
        Files.writeString(file, "a: 2\n");
        looks(1);
        Files.writeString(file, "a: 2\nb: 3\n");
        looks(1);
        assertThat(reloads).as("still being written").isZero();
        looks(1);
        assertThat(reloads).isOne();
        looks(5);
        assertThat(reloads).isOne();
    }

    @Test
    void aFileRenamedOverItOfTheSameSizeAndTimeIsRead() throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        Path other = Files.writeString(folder.resolve("other"), "a: 9\n");
        Files.setLastModifiedTime(other, time);
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        looks(2);
        assertThat(reloads).isOne();
    }

    @Test
    void theLinksOfAConfigMapAreFollowed() throws IOException {
        Path one = Files.createDirectory(folder.resolve("..one"));
        Path two = Files.createDirectory(folder.resolve("..two"));
        Files.writeString(one.resolve("sluice.yaml"), "a: 1\n");
        Files.writeString(two.resolve("sluice.yaml"), "a: 2\n");
        Path data = Files.createSymbolicLink(folder.resolve("..data"), one);
        Files.delete(file);
        Files.createSymbolicLink(file, data.resolve("sluice.yaml"));
        looks(3);
        assertThat(reloads).isZero();

        Path next = Files.createSymbolicLink(folder.resolve("..data_tmp"), two);
        Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        looks(2);
        assertThat(reloads).isOne();
    }

    @Test
    void aBrokenFileIsTriedOnceAndItsCorrectionAgain() throws IOException {
        accepts = false;
        Files.writeString(file, "broken\n");
        looks(6);
        assertThat(reloads).isOne();

        accepts = true;
        Files.writeString(file, "a: 3\n");
        looks(4);
        assertThat(reloads).isEqualTo(2);
    }

    @Test
    void theSameBrokenFileIsTriedAgainAfterAGoodOne() throws IOException {
        accepts = false;
        Files.writeString(file, "broken\n");
        looks(3);
        accepts = true;
        Files.writeString(file, "a: 1\n");
        looks(3);
        Files.writeString(file, "broken\n");
        looks(3);
        assertThat(reloads).isEqualTo(2);
    }

    @Test
    void aFileThatVanishedIsWaitedFor() throws IOException {
        Files.delete(file);
        looks(5);
        assertThat(reloads).isZero();
        Files.writeString(file, "a: 2\n");
        looks(2);
        assertThat(reloads).isOne();
    }
}
