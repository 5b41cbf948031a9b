package dev.sluice.farm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.farm.FarmPorts;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.parse.Entry;
import dev.sluice.parse.EntrySink;
import dev.sluice.parse.ListFormat;
import dev.sluice.parse.ListParser;
import dev.sluice.parse.ListParsers;
import dev.sluice.parse.ParseOptions;
import dev.sluice.parse.Rejection;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Scheme;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The farm's lists, read by the reader of real lists. */
class FarmListsTest {
    private static final List<FarmProxy> PROXIES = FarmPlan.create(
                    FarmMix.demo(), 2000, 11, new FarmPorts(8001, 8002, 8003, 8004, 8005))
            .proxies();
    private static final Predicate<FarmProxy> NAMED = proxy -> proxy.claim() != Scheme.UNKNOWN;

    private record Listed(
            @Nullable String protocol,
            String host,
            int port,
            @Nullable Credentials credentials) {}

    @Test
    void urlsCarryProtocolAndCredentials() {
        assertThat(read(ListFormat.TEXT, Lists.urls(PROXIES))).isEqualTo(listed(NAMED, true));
    }

    @Test
    void jsonCarriesProtocolAndCredentials() {
        assertThat(read(ListFormat.JSON, Lists.json(PROXIES))).isEqualTo(listed(NAMED, true));
    }

    @Test
    void csvCarriesProtocolAndCredentials() {
        assertThat(read(ListFormat.CSV, Lists.csv(PROXIES))).isEqualTo(listed(NAMED, true));
    }

    @Test
    void theTableNamesWhatNeedsNoPassword() {
        List<Listed> read = read(ListFormat.HTML_TABLE, Lists.table(PROXIES));

        assertThat(read.stream().map(Listed::host))
                .isEqualTo(listed(NAMED.and(proxy -> proxy.listedCredentials() == null), true).stream()
                        .map(Listed::host)
                        .toList());
        assertThat(read).allMatch(entry -> entry.credentials() == null);
    }

    @ParameterizedTest
    @EnumSource(
            value = Scheme.class,
            names = {"HTTP", "HTTPS", "SOCKS4", "SOCKS5", "UNKNOWN"})
    void bareListsNameNoProtocol(Scheme claim) {
        assertThat(read(ListFormat.TEXT, Lists.bare(PROXIES, claim)))
                .isNotEmpty()
                .isEqualTo(listed(proxy -> proxy.claim() == claim, false));
    }

    private static List<Listed> listed(Predicate<FarmProxy> which, boolean withProtocol) {
        return PROXIES.stream()
                .filter(which)
                .map(proxy -> new Listed(
                        withProtocol ? proxy.claim().text() : null,
                        proxy.host(),
                        proxy.port(),
                        proxy.listedCredentials()))
                .toList();
    }

    private static List<Listed> read(ListFormat format, String list) {
        List<Listed> read = new ArrayList<>();
        List<String> rejected = new ArrayList<>();
        AddressPolicy loopback = new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false);
        ListParser parser = ListParsers.create(format, ParseOptions.of(loopback), new EntrySink() {
            @Override
            public void accept(long line, Entry entry) {
                read.add(new Listed(entry.protocol(), entry.host(), entry.port(), entry.credentials()));
            }

            @Override
            public void reject(long line, Rejection reason, String detail, String sample) {
                if (reason != Rejection.COMMENT && reason != Rejection.HEADER) {
                    rejected.add(reason + " " + sample);
                }
            }
        });
        byte[] bytes = list.getBytes(StandardCharsets.UTF_8);
        parser.feed(bytes, 0, bytes.length);
        parser.end();
        assertThat(rejected).isEmpty();
        return read;
    }
}
