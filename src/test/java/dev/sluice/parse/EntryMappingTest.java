package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Candidate;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Scheme;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryMappingTest {
    @ParameterizedTest
    @CsvSource({
        "http,, false, HTTP, 1",
        "https,, false, HTTP, 2",
        "https,, true, HTTPS, 0",
        "socks4,, false, SOCKS4, 0",
        "socks5, HTTP, false, SOCKS5, 0",
        ",, false, UNKNOWN, 0",
        ", SOCKS5, false, SOCKS5, 0",
        ", HTTPS, false, HTTP, 2",
        ", HTTPS, true, HTTPS, 0",
        ", UNKNOWN, false, UNKNOWN, 0",
    })
    void aClaimBecomesASchemeAndCapabilities(
            @Nullable String claim, @Nullable Scheme byDefault, boolean tls, Scheme scheme, int capabilities) {
        Candidate candidate = EntryMapping.toCandidate(
                new Entry(claim, "1.2.3.4", 80, Credentials.of("u", "p"), "Germany"), byDefault, tls);
        assertThat(candidate.key().scheme()).isEqualTo(scheme);
        assertThat(candidate.claimedCapabilities()).isEqualTo(capabilities);
        assertThat(candidate.key().host()).isEqualTo("1.2.3.4");
        assertThat(candidate.key().credentials()).isEqualTo(Credentials.of("u", "p"));
        assertThat(candidate.claimedCountry()).isEqualTo("DE");
        assertThat(Capability.HTTP.bit()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "us~US",
                "US~US",
                " De ~DE",
                "UK~GB",
                "XK~XK",
                "Kosovo~XK",
                "ZZ~",
                "Unknown~",
                "None~",
                "''~",
                "EU~",
                "AP~",
                "A1~",
                "United States~US",
                "The Netherlands~NL",
                "Netherlands~NL",
                "Türkiye~TR",
                "Turkiye~TR",
                "Turkey~TR",
                "Russian Federation~RU",
                "Russia~RU",
                "Viet Nam~VN",
                "Vietnam~VN",
                "South Korea~KR",
                "Korea, Republic of~KR",
                "Iran, Islamic Republic of~IR",
                "U.S. Virgin Islands~VI",
                "Réunion~RE",
                "Curaçao~CW",
                "Côte d'Ivoire~CI",
                "Ivory Coast~CI",
                "Hong Kong~HK",
                "Macao~MO",
                "Macau~MO",
                "Czechia~CZ",
                "Czech Republic~CZ",
                "Palestinian Territory~PS",
                "Palestine~PS",
                "Trinidad & Tobago~TT",
                "Bosnia and Herzegovina~BA",
                "Bolivia (Plurinational State of)~BO",
                "Lao People's Democratic Republic~LA",
                "Democratic Republic of the Congo~CD",
                "Eswatini~SZ",
                "North Macedonia~MK",
                "Taiwan~TW",
                "Atlantis~",
            })
    void countriesAreKnownByCodeAndByName(String text, @Nullable String code) {
        assertThat(EntryMapping.countryCode(text)).isEqualTo(code);
    }

    @Test
    void everyEnglishNameOfACountryIsKnown() {
        for (String code : Locale.getISOCountries()) {
            assertThat(EntryMapping.countryCode(new Locale("", code).getDisplayCountry(Locale.ENGLISH)))
                    .isEqualTo(code);
            assertThat(EntryMapping.countryCode(code.toLowerCase(Locale.ROOT))).isEqualTo(code);
        }
        assertThat(EntryMapping.countryCode(null)).isNull();
    }

    @Test
    void namibiaIsNotNotAvailable() {
        assertThat(Countries.known("NA")).isEqualTo("NA");
        assertThat(Countries.known("n/a")).isNull();
        assertThat(Countries.known("zz")).isNull();
    }
}
