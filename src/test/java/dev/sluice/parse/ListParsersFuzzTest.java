package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;

/** Lists of any bytes: nothing is thrown, what is accepted is sound, and where the list is cut does not matter. */
class ListParsersFuzzTest {
    private static final int[] PIECES = {1, 2, 3, 16, 100, 1_000, 4_096};

    @FuzzTest(maxDuration = "90s")
    void text(byte[] data) {
        read(ListFormat.TEXT, data);
    }

    @FuzzTest(maxDuration = "90s")
    void json(byte[] data) {
        read(ListFormat.JSON, data);
    }

    @FuzzTest(maxDuration = "90s")
    void csv(byte[] data) {
        read(ListFormat.CSV, data);
    }

    @FuzzTest(maxDuration = "90s")
    void html(byte[] data) {
        read(ListFormat.HTML_TABLE, data);
    }

    @FuzzTest(maxDuration = "90s")
    void auto(byte[] data) {
        read(ListFormat.AUTO, data);
    }

    private static void read(ListFormat format, byte[] data) {
        Collected whole = Collected.of(format, data);
        for (Collected.Accepted accepted : whole.accepted) {
            check(accepted.entry());
        }
        for (Collected.Refused refused : whole.refused) {
            assertThat(refused.sample().length()).isLessThanOrEqualTo(120);
            assertThat(refused.sample().chars()).noneMatch(Character::isISOControl);
        }
        assertThat(whole.lines()).doesNotHaveDuplicates();
        int piece = PIECES[data.length % PIECES.length];
        Collected cut = Collected.of(format, data, piece);
        assertThat(cut.accepted).as("in pieces of %d", piece).isEqualTo(whole.accepted);
        // Where malformed JSON breaks is told as closely as the pieces allow.
        assertThat(format == ListFormat.TEXT ? cut.refused : cut.reasons())
                .as("in pieces of %d", piece)
                .isEqualTo(format == ListFormat.TEXT ? whole.refused : whole.reasons());
    }

    private static void check(Entry entry) {
        assertThat(entry.port()).isBetween(1, 65_535);
        assertThat(entry.protocol()).isIn(Arrays.asList(null, "http", "https", "socks4", "socks5"));
        HostReading host = HostReading.of(entry.host());
        assertThat(host.refusal()).as(entry.host()).isNull();
        assertThat(host.host()).as("canonical").isEqualTo(entry.host());
        byte[] address = host.address();
        if (address != null) {
            assertThat(AddressPolicy.PUBLIC.refusal(address)).as(entry.host()).isNull();
        }
        if (entry.credentials() != null) {
            assertThat(List.of(
                            entry.credentials().user(),
                            entry.credentials().password().reveal()))
                    .allSatisfy(text -> assertThat(text.chars()).noneMatch(Character::isISOControl));
        }
    }
}
