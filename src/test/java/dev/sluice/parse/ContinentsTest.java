package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class ContinentsTest {
    @Test
    void everyCountryIsOnAContinent() {
        for (String country : Locale.getISOCountries()) {
            String continent = Continents.of(country);
            assertThat(continent).as(country).isNotNull();
            assertThat(Continents.continent(continent)).isEqualTo(continent);
            assertThat(Continents.country(country)).isEqualTo(country);
        }
        assertThat(Continents.of("XK")).isEqualTo("EU");
    }

    @Test
    void whatIsNoCountryIsNowhere() {
        for (String code : new String[] {"ZZ", "AP", "EU", "A1", "A2", "UK", "gb", "", "GBR"}) {
            assertThat(Continents.of(code)).as(code).isNull();
            assertThat(Continents.country(code)).as(code).isNull();
        }
        assertThat(Continents.of(null)).isNull();
        assertThat(Continents.country(null)).isNull();
        assertThat(Continents.continent("XX")).isNull();
    }
}
