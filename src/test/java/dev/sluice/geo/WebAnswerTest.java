package dev.sluice.geo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebAnswerTest {
    private static Location read(WebAnswer answers, String json) throws Exception {
        return answers.read(json.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"country_code\":\"DE\",\"city\":\"Berlin\",\"asn\":64500,\"organisation\":\"Example Ltd\"}",
                "{\"countryCode\":\"DE\",\"city\":\"Berlin\",\"as\":\"AS64500 Example Ltd\",\"country\":\"Germany\"}",
                "{\"country\":\"DE\",\"city\":\"Berlin\",\"org\":\"AS64500 Example Ltd\",\"region\":\"Berlin\"}",
                "{\"country\":{\"iso_code\":\"de\"},\"city\":{\"names\":{\"en\":\"Berlin\"}},\"asn\":\"AS64500\","
                        + "\"as_name\":\"Example Ltd\",\"continent\":{\"code\":\"XX\"}}",
                "{\"country_code\":\"DE\",\"city\":\"Berlin\",\"connection\":{\"asn\":64500,\"org\":\"Example Ltd\"},"
                        + "\"continent\":\"Europe\",\"error\":null}",
            })
    void usualShapesAreUnderstood(String json) throws Exception {
        assertThat(read(new WebAnswer(Map.of()), json))
                .isEqualTo(new Location("EU", "DE", "Berlin", 64500, "Example Ltd", "web"));
    }

    @Test
    void pointersStandInPlaceOfUsualNames() throws Exception {
        WebAnswer answers = new WebAnswer(Map.of("country", "/data/0/cc", "city", "/data/0/town"));

        assertThat(read(
                        answers,
                        "{\"data\":[{\"cc\":\"FR\",\"town\":\"Lyon\"}],\"country_code\":\"DE\",\"city\":\"Bonn\"}"))
                .isEqualTo(new Location("EU", "FR", "Lyon", 0, null, "web"));
    }

    @Test
    void whatCannotBeBelievedIsUnknown() throws Exception {
        WebAnswer answers = new WebAnswer(Map.of());

        assertThat(read(answers, "{\"country_code\":\"ZZ\",\"city\":\"Nowhere\"}"))
                .isEqualTo(Location.UNKNOWN);
        assertThat(read(answers, "{\"status\":\"fail\",\"message\":\"reserved range\"}"))
                .isEqualTo(Location.UNKNOWN);
        assertThat(read(answers, "{\"country_code\":true,\"city\":[],\"asn\":-1,\"isp\":\" \"}"))
                .isEqualTo(Location.UNKNOWN);
        assertThat(read(answers, "{\"country_code\":\"DE\",\"city\":\"a\\u0000b\",\"asn\":99999999999}"))
                .isEqualTo(new Location("EU", "DE", null, 0, null, "web"));
        assertThat(read(answers, "{\"country_code\":\"DE\",\"hosting\":true}").type())
                .isEqualTo(NetworkType.DATACENTER);
        assertThat(read(answers, "{\"country_code\":\"DE\",\"mobile\":true}").type())
                .isEqualTo(NetworkType.MOBILE);
    }
}
