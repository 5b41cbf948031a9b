package dev.sluice.geo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.geo.mmdb.Mmdb;
import dev.sluice.geo.mmdb.TestDatabases;
import dev.sluice.geo.mmdb.TinyMmdb;
import dev.sluice.port.Locator;
import dev.sluice.proxy.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShelfTest {
    @TempDir
    private Path folder = Path.of(".");

    private Path file = Path.of(".");

    @BeforeEach
    void name() {
        file = folder.resolve("own.mmdb");
    }

    private Shelf shelf() {
        return new Shelf(GeoConfigs.files(file), folder);
    }

    private static @Nullable String country(Shelf shelf) {
        Location found = shelf.databases().get(0).locate(new byte[] {8, 8, 8, 8});
        return found == null ? null : found.country();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GeoIP2-City-Test-Invalid-Node-Count.mmdb",
                "MaxMind-DB-test-broken-pointers-24.mmdb",
                "LICENSE-MIT",
                "empty",
                "cut",
                "too large",
                "a directory"
            })
    void whateverABrokenFileIsTheDatabaseBeforeItStaysInForce(String broken) throws Exception {
        Files.write(file, TinyMmdb.everywhere("DE"));
        Shelf shelf = shelf();
        assertThat(shelf.look(false)).containsExactly("own.mmdb");
        Mmdb before = shelf.databases().get(0);

        Files.delete(file);
        switch (broken) {
            case "empty" -> Files.createFile(file);
            case "cut" -> Files.write(file, Arrays.copyOf(TestDatabases.bytes("GeoIP2-ISP-Test.mmdb"), 40_000));
            case "too large" -> Files.write(file, new byte[(1 << 20) + 1]);
            case "a directory" -> Files.createDirectory(file);
            default -> Files.write(file, TestDatabases.bytes(broken));
        }

        assertThat(shelf.look(false)).isEmpty();
        assertThat(shelf.databases().get(0)).isSameAs(before);
        assertThat(shelf.problems()).hasSize(1).allMatch(problem -> problem.startsWith("own.mmdb: "));
        assertThat(shelf.described().get(0).problem())
                .isEqualTo(shelf.problems().get(0));
        assertThat(shelf.look(false))
                .as("a refused version is not read again and again")
                .isEmpty();

        if (Files.isDirectory(file)) {
            Files.delete(file);
        }
        replace("FR");
        assertThat(shelf.look(false)).containsExactly("own.mmdb");
        assertThat(country(shelf)).isEqualTo("FR");
        assertThat(shelf.problems()).isEmpty();
    }

    private void replace(String country) throws IOException {
        Path fresh = folder.resolve("fresh");
        Files.write(fresh, TinyMmdb.everywhere(country));
        Files.move(fresh, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void aFileIsReadOnlyOnceItRests() throws Exception {
        Files.write(file, TinyMmdb.everywhere("DE"));
        Shelf shelf = shelf();
        shelf.look(false);

        byte[] next = TinyMmdb.everywhere("FR");
        Files.write(file, Arrays.copyOf(next, next.length / 2));
        assertThat(shelf.look(true)).isEmpty();
        Files.write(file, next);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_800_000_000_000L));
        assertThat(shelf.look(true)).as("it has changed since the last look").isEmpty();
        assertThat(country(shelf)).isEqualTo("DE");
        assertThat(shelf.look(true)).containsExactly("own.mmdb");

        assertThat(country(shelf)).isEqualTo("FR");
        assertThat(shelf.problems()).isEmpty();
    }

    @Test
    void aFileThatIsMissingIsPickedUpWhenItAppears() throws Exception {
        Shelf shelf = shelf();
        assertThat(shelf.look(false)).isEmpty();
        assertThat(shelf.problems()).singleElement().asString().startsWith("own.mmdb: is not there");
        assertThat(shelf.databases()).singleElement().isSameAs(BuiltIn.database());

        Files.write(file, TinyMmdb.everywhere("DE"));
        assertThat(shelf.look(true)).isEmpty();
        assertThat(shelf.look(true)).containsExactly("own.mmdb");
        assertThat(country(shelf)).isEqualTo("DE");
        assertThat(shelf.problems()).isEmpty();

        Files.delete(file);
        assertThat(shelf.look(true)).isEmpty();
        assertThat(country(shelf))
                .as("a configured file that vanishes stays in force")
                .isEqualTo("DE");
        assertThat(shelf.problems()).singleElement().asString().contains("its last version stays in force");
    }

    @Test
    void withoutAListTheDirectoryIsTheListAndCitiesAreAskedBeforeCountries() throws Exception {
        Shelf shelf = new Shelf(GeoConfigs.files(), folder.resolve("geo"));
        assertThat(shelf.look(false)).as("there is no directory").isEmpty();
        assertThat(shelf.problems()).isEmpty();

        Files.createDirectory(folder.resolve("geo"));
        for (String name : List.of("GeoLite2-ASN-Test.mmdb", "GeoLite2-Country-Test.mmdb", "GeoLite2-City-Test.mmdb")) {
            Files.write(folder.resolve("geo").resolve(name), TestDatabases.bytes(name));
        }
        Files.writeString(folder.resolve("geo/notes.txt"), "no database");
        assertThat(shelf.look(false)).hasSize(3);

        assertThat(shelf.described())
                .extracting(Locator.Database::type)
                .containsExactly("GeoLite2-City", "GeoLite2-Country", "GeoLite2-ASN", "country ipvAll");
        assertThat(shelf.described().get(0).attribution()).contains("https://www.maxmind.com");

        Files.delete(folder.resolve("geo/GeoLite2-City-Test.mmdb"));
        assertThat(shelf.look(true)).containsExactly("GeoLite2-City-Test.mmdb");
        assertThat(shelf.databases()).hasSize(3);
    }

    @Test
    void aDatabaseWithoutKnownFieldsIsAProblemAndNothingElse() throws Exception {
        Files.write(
                file,
                TinyMmdb.of("Domain", 4)
                        .with("8.0.0.0/8", Map.of("domain", "example.com"))
                        .bytes());
        Shelf shelf = shelf();

        assertThat(shelf.look(false)).isEmpty();
        assertThat(shelf.problems()).singleElement().asString().startsWith("own.mmdb: type Domain");
        assertThat(shelf.databases()).hasSize(1);
    }
}
