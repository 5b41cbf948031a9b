package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.DueProxy;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.ParseOptions;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a person sees while and after a list is checked. */
class CheckProgressTest {
    private final StringWriter text = new StringWriter();
    private final CheckTally tally = new CheckTally();
    private long nowNanos = 1_000;

    @Test
    void aTerminalGetsABarFourTimesASecond() {
        CheckProgress progress = progress(true, 2_000);
        ended(500, 40);

        progress.show(Checked.state(812, 0), tally);
        assertThat(text.toString()).as("too early").isEmpty();
        nowNanos += CheckProgress.BAR_NANOS;
        progress.show(Checked.state(812, 0), tally);

        assertThat(text.toString())
                .isEqualTo("\r\u001b[K\u001b[?7l 25% [#####...............] 500/2,000  2,000/s  40 alive"
                        + "  812/2,000 in flight  rate 1,500 growing  ETA 1s\u001b[?7h");
    }

    @Test
    void theBarIsWipedOnceBeforeSomethingElseIsWritten() {
        CheckProgress progress = progress(true, 2_000);
        progress.wipe();
        nowNanos += CheckProgress.BAR_NANOS;
        progress.show(Checked.state(0, 0), tally);
        text.getBuffer().setLength(0);

        progress.wipe();
        progress.wipe();

        assertThat(text.toString()).isEqualTo("\r\u001b[K");
    }

    @Test
    void elsewhereALineComesEveryTenSeconds() {
        CheckProgress progress = progress(false, 100_000);
        ended(1_000, 40);
        nowNanos += CheckProgress.BAR_NANOS;
        progress.show(Checked.state(812, 0), tally);
        nowNanos += CheckProgress.LINE_NANOS;
        progress.show(Checked.state(812, 0), tally);
        nowNanos += CheckProgress.LINE_NANOS - 1;
        progress.show(Checked.state(812, 0), tally);
        progress.wipe();

        assertThat(text.toString().lines())
                .containsExactly(
                        "1% 1,000/100,000  98/s  40 alive  812/2,000 in flight  rate 1,500 growing  ETA 16m55s");
    }

    @Test
    void whileNothingHasEndedTheEndIsNotForetold() {
        assertThat(CheckProgress.text(Checked.state(0, 0), tally, 10, 0)).endsWith("ETA unknown");
    }

    @Test
    void timesAreShort() {
        assertThat(CheckProgress.brief(0)).isEqualTo("0s");
        assertThat(CheckProgress.brief(59)).isEqualTo("59s");
        assertThat(CheckProgress.brief(60)).isEqualTo("1m00s");
        assertThat(CheckProgress.brief(3_599)).isEqualTo("59m59s");
        assertThat(CheckProgress.brief(7_500)).isEqualTo("2h05m");
    }

    @Test
    void theSummaryCountsByReasonProtocolAndAnonymity() {
        DueProxy dual = Checked.due("unknown://1.2.3.4:80");
        tally.ended(Checked.works(dual, Anonymity.ELITE, Scheme.HTTP, Scheme.SOCKS5));
        tally.ended(Checked.works(Checked.due("http://1.2.3.5:80"), Anonymity.TRANSPARENT));
        tally.leftOut();
        tally.ended(Checked.connects(Checked.due("http://1.2.3.6:80")));
        tally.ended(Checked.fails(Checked.due("http://1.2.3.7:80"), FailureReason.REFUSED));
        tally.ended(Checked.fails(Checked.due("http://1.2.3.8:80"), FailureReason.CONNECT_TIMEOUT));
        tally.observed(Checked.state(40, 2));
        tally.observed(Checked.state(30, 3));

        CheckSummary.found(new PrintWriter(text), 9, tally, 2.5, true);

        assertThat(text.toString().lines())
                .containsExactly(
                        "interrupted: 5 of 9 checked in 2.5 s (2 a second), at most 40 at a time",
                        "  alive                         3   http 3, socks5 1; transparent 1, elite 1",
                        "  connect-only                  1   of them: accept connections, were not judged",
                        "  left out                      1   of them: below --anonymity",
                        "  refused                       1",
                        "  connect-timeout               1",
                        "  repeated                      3   verdicts that were not trusted, checked again");
    }

    @Test
    void theListIsSummedUpByWhatBecameOfItsLines() throws Exception {
        ListReading reading = new ListReading(ParseOptions.of(AddressPolicy.PUBLIC), null, Set.of("DE"), host -> null);
        String csv =
                "ip,port,country\n163.172.44.10,3128,DE\n163.172.44.11,3128,US\n163.172.44.12,3128,\n10.0.0.1,1,DE\n";
        CheckedList list = reading.read(new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)), "some.csv");

        CheckSummary.read(new PrintWriter(text), "some.csv", reading, list.size());

        assertThat(text.toString().lines())
                .containsExactly(
                        "some.csv: 5 lines, 1 entries to check",
                        "  header                        1",
                        "  non-public                    1",
                        "  elsewhere                     1   in a country not wanted",
                        "  nowhere                       1   without a country in the list");
    }

    private CheckProgress progress(boolean bar, int total) {
        return new CheckProgress(new PrintWriter(text), bar, total, () -> nowNanos);
    }

    private void ended(int count, int alive) {
        for (int i = 0; i < count; i++) {
            DueProxy due = Checked.due("http://1.2.3.4:80");
            tally.ended(i < alive ? Checked.works(due, Anonymity.ELITE) : Checked.fails(due, FailureReason.REFUSED));
        }
    }
}
