package dev.sluice.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFileTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(1_750_000_000_000L));
    private static final String KIND = "kind";
    private static final String OWNER = "mine";

    /** Magic, kind, version, time, owner. */
    private static final int HEADER_BYTES = 8 + 2 + 4 + 4 + 8 + 2 + 4;

    private static final int FOOTER_BYTES = 12;

    @TempDir
    private Path directory;

    private final List<String> refusals = new ArrayList<>();
    private Path path;
    private SnapshotFile file;

    @BeforeEach
    void chooseFile() {
        path = directory.resolve("data").resolve("a.snapshot");
        file = open(path);
    }

    @Test
    void aFileIsVerifiedWhoeverItBelongsTo() throws IOException {
        file.write(text("first"));
        SnapshotFile.verify(path);

        byte[] bytes = Files.readAllBytes(path);
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            Files.write(path, changed);
            assertThatThrownBy(() -> SnapshotFile.verify(path)).as("byte %d", i).isInstanceOf(IOException.class);
        }
        Files.delete(path);
        assertThatThrownBy(() -> SnapshotFile.verify(path)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        file.write(text("first"));

        Snapshot<String> snapshot = read().orElseThrow();
        assertThat(snapshot.content()).isEqualTo("first");
        assertThat(snapshot.createdAtMillis()).isEqualTo(1_750_000_000_000L);
        assertThat(snapshot.file()).isEqualTo(path);
        assertThat(refusals).isEmpty();
    }

    @Test
    void withoutAFileNothingIsReadAndNothingRefused() {
        assertThat(read()).isEmpty();
        assertThat(refusals).isEmpty();
    }

    @Test
    void theGenerationBeforeIsKept() throws IOException {
        file.write(text("first"));
        file.write(text("second"));
        file.write(text("third"));

        assertThat(read().orElseThrow().content()).isEqualTo("third");
        Files.delete(path);
        assertThat(read().orElseThrow().content()).isEqualTo("second");
        assertThat(names()).containsExactlyInAnyOrder("a.snapshot.1", "a.snapshot.lock");
    }

    @Test
    void onlyTheOwnerMayReadIt() throws IOException {
        Files.createDirectories(path.getParent());
        Path draft = Files.writeString(path.resolveSibling("a.snapshot.tmp"), "left by a process that ended");
        Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-rw-rw-"));

        file.write(text("first"));
        file.write(text("second"));

        for (String name : List.of("a.snapshot", "a.snapshot.1")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolveSibling(name))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aBodyOfAnySizeIsStreamedThroughABuffer() throws IOException {
        long seed = new SplittableRandom().nextLong();
        for (int count : new int[] {0, 1, 8_180, 8_190, 8_192, 8_200, 300_000}) {
            file.write(out -> {
                SplittableRandom random = new SplittableRandom(seed);
                for (int i = 0; i < count; i++) {
                    out.writeLong(random.nextLong());
                }
            });

            long wrong = file.read(
                            in -> {
                                SplittableRandom random = new SplittableRandom(seed);
                                long different = 0;
                                for (int i = 0; i < count; i++) {
                                    different += in.readLong() == random.nextLong() ? 0 : 1;
                                }
                                return different;
                            },
                            refusals::add)
                    .orElseThrow()
                    .content();
            assertThat(wrong).as("wrong of %d longs, seed %d", count, seed).isZero();
            assertThat(Files.size(path)).isEqualTo(HEADER_BYTES + 8L * count + FOOTER_BYTES);
        }
        assertThat(refusals).isEmpty();
    }

    @Test
    void bytesArraysPassTheBufferWhole() throws IOException {
        byte[] bytes = new byte[200_000];
        new SplittableRandom(7).nextBytes(bytes);
        file.write(out -> {
            out.writeByte(1);
            out.write(bytes);
        });

        byte[] read = file.read(
                        in -> {
                            byte[] copy = new byte[bytes.length];
                            in.readByte();
                            in.readFully(copy);
                            return copy;
                        },
                        refusals::add)
                .orElseThrow()
                .content();
        assertThat(Arrays.equals(read, bytes)).isTrue();
    }

    @Test
    void aReaderIsKeptFromTheFooter() throws IOException {
        file.write(text("first"));

        Optional<Snapshot<Integer>> read = file.read(
                in -> {
                    in.readUTF();
                    return in.readInt();
                },
                refusals::add);

        assertThat(read).isEmpty();
        assertThat(refusals)
                .singleElement()
                .asString()
                .contains("a.snapshot cannot be read")
                .contains("EOFException");
    }

    @Test
    void aReaderThatFailsIsGivenThePreviousOne() throws IOException {
        file.write(text("first"));
        file.write(text("second"));

        Snapshot<String> snapshot = file.read(
                        in -> {
                            String text = in.readUTF();
                            if (text.equals("second")) {
                                throw new IllegalArgumentException("text: second (expected: first)");
                            }
                            return text;
                        },
                        refusals::add)
                .orElseThrow();

        assertThat(snapshot.content()).isEqualTo("first");
        assertThat(snapshot.file()).isEqualTo(path.resolveSibling("a.snapshot.1"));
        assertThat(refusals).singleElement().asString().contains("text: second (expected: first)");
    }

    @Test
    void everyChangedByteIsFound() throws IOException {
        byte[] whole = twoGenerations();
        int survived = 0;
        SnapshotFile reading = open(path);
        for (int at = 0; at < whole.length; at++) {
            boolean content = at >= HEADER_BYTES && at < whole.length - FOOTER_BYTES;
            for (int change = 1; change < 256; change += content ? 37 : 1) {
                byte[] changed = whole.clone();
                changed[at] ^= (byte) change;
                Files.write(path, changed);
                refusals.clear();
                String read = reading.read(in -> in.readUTF(), refusals::add)
                        .orElseThrow()
                        .content();
                survived += read.equals("first") && refusals.size() == 1 ? 0 : 1;
            }
        }
        assertThat(survived).as("changes that were not found").isZero();
    }

    @Test
    void everyTruncationIsFound() throws IOException {
        byte[] whole = twoGenerations();
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            refusals.clear();
            assertThat(read().orElseThrow().content()).as("of %d bytes", length).isEqualTo("first");
            assertThat(refusals).singleElement().asString().contains("(expected: ");
        }
    }

    @Test
    void everyInsertedAndEveryMissingByteIsFound() throws IOException {
        byte[] whole = twoGenerations();
        for (int at = 0; at <= whole.length; at++) {
            for (int value : new int[] {0, 1, 0x53, 0xff, at < whole.length ? whole[at] : whole[at - 1]}) {
                byte[] longer = new byte[whole.length + 1];
                System.arraycopy(whole, 0, longer, 0, at);
                longer[at] = (byte) value;
                System.arraycopy(whole, at, longer, at + 1, whole.length - at);
                assertRefused(longer, "with " + value + " at " + at);
            }
            if (at < whole.length) {
                byte[] shorter = Arrays.copyOf(whole, whole.length - 1);
                System.arraycopy(whole, at + 1, shorter, at, whole.length - at - 1);
                assertRefused(shorter, "without byte " + at);
            }
        }
    }

    @Test
    void aFileOfZerosAndOneOfNoiseAreRefused() throws IOException {
        byte[] whole = twoGenerations();
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        assertRefused(new byte[whole.length], "zeros");
        assertRefused(new byte[100_000], "many zeros");
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            assertRefused(noise, "noise of seed " + seed);
            byte[] partly = whole.clone();
            random.nextBytes(noise = new byte[1 + random.nextInt(whole.length - 1)]);
            System.arraycopy(noise, 0, partly, whole.length - noise.length, noise.length);
            assertRefused(partly, "a noisy end of seed " + seed);
        }
    }

    @Test
    void aRefusalTellsWhatWasFoundAndWhatWasExpected() throws IOException {
        byte[] whole = twoGenerations();
        Files.delete(path.resolveSibling("a.snapshot.1"));

        Files.write(path, Arrays.copyOf(whole, 20));
        assertThat(refusal()).isEqualTo("snapshot " + path + " is refused: torn: 20 bytes (expected: at least 36)");
        Files.write(path, Arrays.copyOf(whole, whole.length - 4));
        assertThat(refusal()).contains("torn: its end tells of").contains("(expected: " + (whole.length - 16) + ")");
        Files.write(path, "SQLite format 3, which is something else".getBytes(StandardCharsets.UTF_8));
        assertThat(refusal()).contains("it begins with 53514c6974652066 (expected: 534c554943450001");
        whole[HEADER_BYTES] ^= 1;
        Files.write(path, whole);
        assertThat(refusal()).containsPattern("checksum [0-9a-f]{8} \\(expected: [0-9a-f]{8}, that of its content\\)");
        Files.delete(path);
        Files.createDirectory(path);
        assertThat(refusal()).contains("snapshot " + path + " cannot be read");
    }

    @Test
    void whatIsForeignIsRefused() throws IOException {
        new SnapshotFile(path, "other", 3, OWNER, CLOCK).write(text("of another kind"));
        assertThat(refusal()).contains("is refused: kind other (expected: kind)");
        new SnapshotFile(path, KIND, 3, "theirs", CLOCK).write(text("of another database"));
        assertThat(refusal()).contains("is refused: owner theirs (expected: mine)");
        new SnapshotFile(path, KIND, 4, OWNER, CLOCK).write(text("of the future"));
        assertThat(refusal()).contains("version 4 of its content is newer than this program's (expected: 3)");
        new SnapshotFile(path, KIND, 2, OWNER, CLOCK).write(text("of the past"));
        assertThat(refusal()).contains("version 2 of its content is older than this program's (expected: 3)");
    }

    @Test
    void whatIsRefusedDoesNotPushOutAGoodOneAndIsKept() throws IOException {
        file.write(text("first"));
        file.write(text("second"));
        new SnapshotFile(directory.resolve("theirs"), KIND, 3, "theirs", CLOCK).write(text("theirs"));
        Files.copy(directory.resolve("theirs"), path, StandardCopyOption.REPLACE_EXISTING);

        SnapshotFile restarted = open(path);
        restarted.write(text("third"));

        assertThat(read().orElseThrow().content()).isEqualTo("third");
        Files.delete(path);
        assertThat(read().orElseThrow().content()).isEqualTo("first");
        assertThat(path.resolveSibling("a.snapshot.refused")).hasSameBinaryContentAs(directory.resolve("theirs"));
    }

    @Test
    void aProcessThatEndsBetweenAnyTwoStepsLeavesAGeneration() throws IOException {
        int steps = 0;
        boolean lived = false;
        while (!lived) {
            Path place = directory.resolve("run-" + steps).resolve("a.snapshot");
            SnapshotFile before = open(place);
            before.write(text("first"));
            before.write(text("second"));
            FailingDisk disk = new FailingDisk(steps);
            try {
                new SnapshotFile(place, KIND, 3, OWNER, CLOCK, disk).write(text("third"));
                lived = true;
            } catch (IOException ended) {
                assertThat(ended).hasMessage("the process ended");
            }

            SnapshotFile restarted = open(place);
            assertThat(restarted
                            .read(in -> in.readUTF(), refusals::add)
                            .orElseThrow()
                            .content())
                    .as("after %d steps", steps)
                    .isIn(lived ? List.of("third") : List.of("second", "third"));
            assertThat(refusals).isEmpty();
            restarted.write(text("fourth"));
            assertThat(restarted
                            .read(in -> in.readUTF(), refusals::add)
                            .orElseThrow()
                            .content())
                    .isEqualTo("fourth");
            Files.delete(place);
            assertThat(restarted
                            .read(in -> in.readUTF(), refusals::add)
                            .orElseThrow()
                            .content())
                    .as("previous one after %d steps", steps)
                    .isIn("second", "third");
            steps++;
        }
        // lock, create, three writes, force, close, two renames, directory
        assertThat(steps - 1).isEqualTo(10);
    }

    @Test
    void aFullDiskLeavesTheOldOneIntact() throws IOException {
        file.write(text("first"));
        file.write(text("second"));
        AtomicInteger pieces = new AtomicInteger();

        assertThatThrownBy(() -> file.write(out -> {
                    out.writeUTF("third");
                    while (pieces.incrementAndGet() < 100_000) {
                        out.writeLong(1);
                    }
                    throw new IOException("No space left on device");
                }))
                .hasMessage("No space left on device");

        assertThat(read().orElseThrow().content()).isEqualTo("second");
        assertThat(names()).containsExactlyInAnyOrder("a.snapshot", "a.snapshot.1", "a.snapshot.lock");
        file.write(text("third"));
        assertThat(read().orElseThrow().content()).isEqualTo("third");
    }

    @Test
    void aBodyWithABugLeavesTheOldOneIntact() throws IOException {
        file.write(text("first"));

        assertThatThrownBy(() -> file.write(out -> {
                    throw new IllegalStateException("a bug");
                }))
                .hasMessage("a bug");

        assertThat(read().orElseThrow().content()).isEqualTo("first");
        assertThat(names()).containsExactlyInAnyOrder("a.snapshot", "a.snapshot.lock");
    }

    @Test
    void aSecondWriterIsTurnedAway() throws IOException {
        file.write(text("first"));
        try (Closeable held = Disk.REAL.lock(path.resolveSibling("a.snapshot.lock"))) {
            assertThat(held).isNotNull();
            assertThatThrownBy(() -> file.write(text("second")))
                    .hasMessageContaining("a.snapshot.lock is held by this process already (expected: one writer)");
        }
        assertThat(read().orElseThrow().content()).isEqualTo("first");
        file.write(text("second"));
        assertThat(read().orElseThrow().content()).isEqualTo("second");
    }

    @Test
    void namesAreBounded() {
        assertThatThrownBy(() -> new SnapshotFile(path, KIND, 1, "x".repeat(201), CLOCK))
                .hasMessage("owner: 201 characters (expected: at most 200)");
    }

    private void assertRefused(byte[] content, String what) throws IOException {
        Files.write(path, content);
        refusals.clear();
        assertThat(read().orElseThrow().content()).as(what).isEqualTo("first");
        assertThat(refusals).as(what).hasSize(1);
    }

    private String refusal() {
        refusals.clear();
        assertThat(read()).isEmpty();
        return refusals.get(0);
    }

    /** @return the bytes of the newer one, which holds "second"; the older holds "first" */
    private byte[] twoGenerations() throws IOException {
        file.write(text("first"));
        file.write(text("second"));
        return Files.readAllBytes(path);
    }

    private Optional<Snapshot<String>> read() {
        return open(path).read(in -> in.readUTF(), refusals::add);
    }

    private static SnapshotFile open(Path place) {
        return new SnapshotFile(place, KIND, 3, OWNER, CLOCK);
    }

    private static SnapshotFile.Body text(String text) {
        return (DataOutput out) -> out.writeUTF(text);
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(path.getParent())) {
            return files.map(each -> each.getFileName().toString()).toList();
        }
    }
}
