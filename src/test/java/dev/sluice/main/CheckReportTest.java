package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.CheckOutcome;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CheckReportTest {
    private static final CheckOutcome WORKS = Checked.works(Checked.due("http://1.2.3.4:80"), Anonymity.ELITE);
    private static final CheckOutcome PAID =
            Checked.works(Checked.due("socks5://user:pa,ss@1.2.3.5:1080"), Anonymity.ANONYMOUS);
    private static final CheckOutcome DUAL =
            Checked.works(Checked.due("unknown://1.2.3.6:81"), Anonymity.ELITE, Scheme.HTTP, Scheme.SOCKS5);
    private static final CheckOutcome DEAD =
            Checked.fails(Checked.due("unknown://1.2.3.7:82"), FailureReason.CONNECT_TIMEOUT);
    private static final CheckOutcome LIES = Checked.fails(Checked.due("http://1.2.3.8:83"), FailureReason.TAMPERED);
    private static final CheckOutcome OPEN = Checked.connects(Checked.due("http://1.2.3.9:84"));

    @Test
    void textIsAUrlALine() throws IOException {
        assertThat(written(CheckFormat.TEXT, false, WORKS, PAID, DUAL)).isEqualTo("""
                        http://1.2.3.4:80
                        socks5://user:pa%2Css@1.2.3.5:1080
                        http://1.2.3.6:81
                        socks5://1.2.3.6:81
                        """);
    }

    @Test
    void textOfEverythingTellsWhy() throws IOException {
        assertThat(written(CheckFormat.TEXT, true, WORKS, DEAD, LIES, OPEN)).isEqualTo("""
                        http://1.2.3.4:80\tnone
                        1.2.3.7:82\tconnect-timeout
                        http://1.2.3.8:83\ttampered
                        http://1.2.3.9:84\tconnect-only
                        """);
    }

    @Test
    void linesOfJsonHaveExactlyTheseFields() throws IOException {
        assertThat(written(CheckFormat.NDJSON, true, WORKS, DEAD, LIES)).isEqualTo("""
                        {"url":"http://1.2.3.4:80","protocol":"http","host":"1.2.3.4","port":80,"alive":true,\
                        "reason":"none","anonymity":"elite","exit_address":"163.172.44.9","tampering":"none",\
                        "latency_ms":12.3,"country":"DE"}
                        {"url":"1.2.3.7:82","protocol":"unknown","host":"1.2.3.7","port":82,"alive":false,\
                        "reason":"connect-timeout","anonymity":"unknown","exit_address":null,"tampering":"none",\
                        "latency_ms":null,"country":"DE"}
                        {"url":"http://1.2.3.8:83","protocol":"http","host":"1.2.3.8","port":83,"alive":false,\
                        "reason":"tampered","anonymity":"unknown","exit_address":null,"tampering":"content",\
                        "latency_ms":null,"country":"DE"}
                        """);
    }

    @Test
    void jsonIsOneArray() throws IOException {
        String first = """
                {"url":"http://1.2.3.9:84","protocol":"http","host":"1.2.3.9","port":84,"alive":true,\
                "reason":"connect-only","anonymity":"unknown","exit_address":null,"tampering":"none",\
                "latency_ms":7.0,"country":"DE"}""";

        assertThat(written(CheckFormat.JSON, false, OPEN, OPEN)).isEqualTo("[\n" + first + ",\n" + first + "\n]\n");
        assertThat(written(CheckFormat.JSON, false)).isEqualTo("[\n]\n");
    }

    @Test
    void csvHasAHeaderAndQuotesWhatNeedsIt() throws IOException {
        CheckOutcome comma = Checked.fails(Checked.due("unknown://us,er:pa\"ss@1.2.3.5:1080"), FailureReason.REFUSED);

        assertThat(written(CheckFormat.CSV, true, WORKS, comma)).isEqualTo("""
                        url,protocol,host,port,alive,reason,anonymity,exit_address,tampering,latency_ms,country
                        http://1.2.3.4:80,http,1.2.3.4,80,true,none,elite,163.172.44.9,none,12.3,DE
                        "us,er:pa""ss@1.2.3.5:1080",unknown,1.2.3.5,1080,false,refused,unknown,,none,,DE
                        """);
        assertThat(written(CheckFormat.CSV, false).lines()).hasSize(1);
    }

    @Test
    void aResultIsPassedOnWhenItIsFlushed() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CheckReport report = new CheckReport(out, CheckFormat.NDJSON, false);

        report.write(CheckRow.of(WORKS, null).get(0));
        assertThat(report.isPending()).isTrue();
        report.flush();

        assertThat(report.isPending()).isFalse();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("{\"url\":\"http://1.2.3.4:80\"")
                .endsWith("\"country\":null}\n");
    }

    private static String written(CheckFormat format, boolean reasons, CheckOutcome... outcomes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CheckReport report = new CheckReport(out, format, reasons);
        for (CheckOutcome outcome : outcomes) {
            for (CheckRow row : CheckRow.of(outcome, "DE")) {
                report.write(row);
            }
        }
        report.finish();
        return out.toString(StandardCharsets.UTF_8);
    }
}
