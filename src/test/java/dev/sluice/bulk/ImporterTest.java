package dev.sluice.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Rejection;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.Merge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImporterTest {
    private static final String LIST = String.join(
            "\n",
            "# a list",
            "163.172.44.10:3128",
            "socks5://user:pass@163.172.44.12:1080",
            "163.172.44.10:3128",
            "10.0.0.1:80",
            "nonsense",
            "");

    private static Vertx vertx = Vertx.vertx();

    @TempDir
    private Path folder = Path.of(".");

    private final MemoryProxyStore store = new MemoryProxyStore();

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void everyLineIsCountedAndEntriesAreStored() throws Exception {
        ImportResult result = run(write("list.txt", LIST), ImportOptions.update());

        assertThat(result.lines()).isEqualTo(6);
        assertThat(result.accepted()).isEqualTo(2);
        assertThat(result.added()).isEqualTo(2);
        assertThat(result.known()).isZero();
        assertThat(result.rejected())
                .containsEntry(Rejection.COMMENT, 1L)
                .containsEntry(Rejection.DUPLICATE, 1L)
                .containsEntry(Rejection.NON_PUBLIC, 1L)
                .containsEntry(Rejection.NOT_A_PROXY, 1L);
        assertThat(await(store.find(ProxyKey.of(Scheme.UNKNOWN, "163.172.44.10", 3128))))
                .hasValueSatisfying(stored -> assertThat(stored.lists()).containsExactly("import:list.txt"));
    }

    @ParameterizedTest
    @EnumSource(Merge.class)
    void aSecondImportFindsTheEntriesKnown(Merge merge) throws Exception {
        Path list = write("list.txt", LIST);
        run(list, ImportOptions.update());

        ImportResult again = run(list, new ImportOptions(merge, false, null));

        assertThat(again.added()).isZero();
        assertThat(again.known()).isEqualTo(2);
    }

    @Test
    void aDryRunStoresNothing() throws Exception {
        ImportResult result = run(write("list.txt", LIST), new ImportOptions(Merge.UPDATE, true, null));

        assertThat(result.accepted()).isEqualTo(2);
        assertThat(result.added()).isZero();
        assertThat(await(store.stats()).total()).isZero();
    }

    @Test
    void theReportHoldsALineForEachLineAndNoPassword() throws Exception {
        Path report = folder.resolve("report.ndjson");

        run(write("list.txt", LIST), new ImportOptions(Merge.UPDATE, false, report));

        assertThat(Files.readAllLines(report))
                .containsExactly(
                        "{\"line\":1,\"verdict\":\"skipped\",\"reason\":\"comment\"}",
                        "{\"line\":2,\"verdict\":\"accepted\",\"url\":\"unknown://163.172.44.10:3128\"}",
                        "{\"line\":3,\"verdict\":\"accepted\",\"url\":\"socks5://163.172.44.12:1080\"}",
                        "{\"line\":4,\"verdict\":\"duplicate\",\"reason\":\"duplicate\"}",
                        "{\"line\":5,\"verdict\":\"rejected\",\"reason\":\"non-public:private\"}",
                        "{\"line\":6,\"verdict\":\"rejected\",\"reason\":\"not-a-proxy\"}");
    }

    @Test
    void gzipIsRecognisedByItsContent() throws Exception {
        Path file = folder.resolve("list.dat");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(LIST.getBytes(StandardCharsets.UTF_8));
        }

        assertThat(run(file, ImportOptions.update()).added()).isEqualTo(2);
    }

    @Test
    void aBrokenGzipIsNamedAndKeepsWhatWasRead() throws Exception {
        Path file = folder.resolve("torn.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < 20_000; i++) {
                out.write(("163." + (i >> 8 & 255) + "." + (i & 255) + ".9:" + (1024 + i) + "\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
        }
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length * 9 / 10));

        assertThatThrownBy(() -> run(file, ImportOptions.update()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("torn.gz");
        assertThat(await(store.stats()).total()).isGreaterThanOrEqualTo(5_000);
    }

    @Test
    void moreThanABatchIsStoredWhole() throws Exception {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < 12_345; i++) {
            list.append("163.").append(i >> 8 & 255).append('.').append(i & 255).append(".7:8080\n");
        }

        ImportResult result = run(write("many.txt", list.toString()), ImportOptions.update());

        assertThat(result.added()).isEqualTo(12_345);
        assertThat(await(store.stats()).total()).isEqualTo(12_345);
    }

    @Test
    void aDirectoryAndAMissingFileAreNamed() {
        assertThatThrownBy(() -> run(folder, ImportOptions.update()))
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("directory");
        assertThatThrownBy(() -> run(folder.resolve("nowhere.txt"), ImportOptions.update()))
                .hasMessageContaining("nowhere.txt");
    }

    private ImportResult run(Path file, ImportOptions options) throws Exception {
        return await(new Importer(vertx, store, AddressPolicy.PUBLIC).run(file, options));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
