package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.ParseOptions;
import dev.sluice.parse.Rejection;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class ListReadingTest {
    private static final ParseOptions OPTIONS = ParseOptions.of(AddressPolicy.PUBLIC);

    @Test
    void linesBecomeEntriesAndTheRestIsCounted() throws Exception {
        ListReading reading = new ListReading(OPTIONS, null, Set.of(), host -> null);

        CheckedList list = reading.read(
                text(
                        "163.172.44.10:3128\nsocks5://u:p@163.172.44.12:1080\n163.172.44.10:3128\n10.0.0.1:80\nnonsense\n"),
                "list");

        assertThat(urls(list)).containsExactly("unknown://163.172.44.10:3128", "socks5://u:p@163.172.44.12:1080");
        assertThat(reading.lines()).isEqualTo(5);
        assertThat(reading.rejected())
                .containsEntry(Rejection.DUPLICATE, 1L)
                .containsEntry(Rejection.NON_PUBLIC, 1L)
                .hasSize(3);
    }

    @Test
    void theHttpAndTheHttpsEntryOfAnEndpointAreOne() throws Exception {
        ListReading reading = new ListReading(OPTIONS, null, Set.of(), host -> null);

        CheckedList list = reading.read(text("http://163.172.44.10:3128\nhttps://163.172.44.10:3128\n"), "list");

        assertThat(urls(list)).containsExactly("http://163.172.44.10:3128");
        assertThat(reading.rejected()).containsEntry(Rejection.DUPLICATE, 1L);
    }

    @Test
    void entriesWithoutAProtocolTakeTheGivenOne() throws Exception {
        CheckedList list = new ListReading(OPTIONS, Scheme.SOCKS4, Set.of(), host -> null)
                .read(text("163.172.44.10:3128\nhttp://163.172.44.11:3128\n"), "list");

        assertThat(urls(list)).containsExactly("socks4://163.172.44.10:3128", "http://163.172.44.11:3128");
    }

    @Test
    void jsonAndCsvAndGzipAreToldFromTheContent() throws Exception {
        byte[] json = "[{\"ip\":\"163.172.44.10\",\"port\":3128,\"protocol\":\"http\",\"country\":\"DE\"}]"
                .getBytes(StandardCharsets.UTF_8);
        String csv = "ip,port,protocol,country\n163.172.44.10,3128,http,Germany\n";

        CheckedList ofJson = new ListReading(OPTIONS, null, Set.of(), host -> null)
                .read(new ByteArrayInputStream(gzip(json)), "list");
        CheckedList ofCsv = new ListReading(OPTIONS, null, Set.of(), host -> null).read(text(csv), "list");

        assertThat(urls(ofJson)).containsExactly("http://163.172.44.10:3128").isEqualTo(urls(ofCsv));
        assertThat(ofJson.country(0)).isEqualTo("DE").isEqualTo(ofCsv.country(0));
    }

    @Test
    void joinedGzipFilesAreReadToTheirEndThoughAPipeHasNothingReady() throws Exception {
        byte[] first = gzip("163.172.44.10:3128\n".getBytes(StandardCharsets.UTF_8));
        byte[] second = gzip("163.172.44.11:3128\n".getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.write(first);
        joined.write(second);

        CheckedList list = new ListReading(OPTIONS, null, Set.of(), host -> null)
                .read(new Trickling(new ByteArrayInputStream(joined.toByteArray()), first.length), "list");

        assertThat(list.size()).isEqualTo(2);
    }

    @Test
    void aBrokenGzipFileIsNamed() throws Exception {
        byte[] whole = gzip("163.172.44.10:3128\n".repeat(100).getBytes(StandardCharsets.UTF_8));
        InputStream cut = new ByteArrayInputStream(Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(() -> new ListReading(OPTIONS, null, Set.of(), host -> null).read(cut, "some.gz"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("some.gz")
                .hasMessageContaining("whole gzip file");
    }

    @Test
    void whatUnpacksWithoutEndIsCutOff() throws Exception {
        byte[] bomb = gzip("#\n".repeat(500_000).getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> new ListReading(OPTIONS, null, Set.of(), host -> null, 100_000)
                        .read(new ByteArrayInputStream(bomb), "bomb.gz"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("bomb.gz")
                .hasMessageContaining("100000");
    }

    @Test
    void onlyEntriesOfTheWantedCountriesStay() throws Exception {
        ListReading reading = new ListReading(OPTIONS, null, Set.of("DE", "FR"), host -> null);
        String csv = "ip,port,country\n163.172.44.10,3128,DE\n163.172.44.11,3128,US\n163.172.44.12,3128,\n"
                + "163.172.44.13,3128,France\n";

        CheckedList list = reading.read(text(csv), "list");

        assertThat(urls(list)).containsExactly("unknown://163.172.44.10:3128", "unknown://163.172.44.13:3128");
        assertThat(reading.elsewhere()).isEqualTo(1);
        assertThat(reading.nowhere()).isEqualTo(1);
    }

    @Test
    void whereAnEntryIsADatabaseKnowsBetterThanTheList() throws Exception {
        Map<String, String> known = Map.of("163.172.44.10", "FR", "163.172.44.11", "DE");
        ListReading reading = new ListReading(OPTIONS, null, Set.of("DE", "US"), known::get);
        String csv = "ip,port,country\n163.172.44.10,3128,DE\n163.172.44.11,3128,\n163.172.44.12,3128,US\n";

        CheckedList list = reading.read(text(csv), "list");

        assertThat(urls(list)).containsExactly("unknown://163.172.44.11:3128", "unknown://163.172.44.12:3128");
        assertThat(list.country(0)).isEqualTo("DE");
        assertThat(list.country(1)).isEqualTo("US");
        assertThat(reading.elsewhere()).isEqualTo(1);
    }

    private static InputStream text(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }

    private static List<String> urls(CheckedList list) {
        List<String> urls = new ArrayList<>();
        for (int place = 0; place < list.size(); place++) {
            ProxyKey key = list.key(place);
            urls.add(key.urlWithCredentials());
        }
        return urls;
    }

    /** A pipe that never has anything ready and hands out a part at a time. */
    private static final class Trickling extends FilterInputStream {
        private final int part;

        Trickling(InputStream in, int part) {
            super(in);
            this.part = part;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return super.read(target, offset, Math.min(length, part));
        }

        @Override
        public int available() {
            return 0;
        }
    }
}
