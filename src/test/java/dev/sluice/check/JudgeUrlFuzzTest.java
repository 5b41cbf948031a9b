package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** URLs of judges as anybody may write them. */
class JudgeUrlFuzzTest {
    @FuzzTest(maxDuration = "90s")
    void url(byte[] data) {
        JudgeUrl url;
        try {
            url = JudgeUrl.parse(new String(data, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return;
        }
        assertThat(url.path()).startsWith("/");
        assertThat(url.host()).isNotEmpty().doesNotContain("[", "]");
        assertThat(url.echo("nonce", null).path()).isEqualTo(url.path() + "?nonce=nonce");
        assertThat(url.page("token", "pin").pin() != null).isEqualTo(url.tls());
    }
}
