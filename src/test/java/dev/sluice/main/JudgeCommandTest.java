package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.JudgeConfig;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class JudgeCommandTest {
    @Test
    void withoutAnAddressItListensOnLoopbackInPlainHttpOnly() {
        assertThat(JudgeCommand.completed(new JudgeConfig(null, null, null), false))
                .isEqualTo(new JudgeConfig("127.0.0.1:8081", null, null));
    }

    @Test
    void aCertificateOpensTlsBesideThePlainListener() {
        assertThat(JudgeCommand.completed(new JudgeConfig("[::1]:80", null, null), true))
                .isEqualTo(new JudgeConfig("[::1]:80", "[::1]:8443", null));
    }

    @Test
    void theConfigurationIsKept() {
        JudgeConfig given = new JudgeConfig("0.0.0.0:80", "0.0.0.0:443", null);

        assertThat(JudgeCommand.completed(given, true)).isEqualTo(given);
        assertThat(JudgeCommand.completed(given, false)).isEqualTo(given);
    }

    @Test
    void optionsAreSettings() {
        JudgeCommand command = CommandLine.populateCommand(
                new JudgeCommand(), "--listen", "0.0.0.0:8081", "--tls-listen", "0.0.0.0:8443");

        assertThat(command.settings()).containsExactly("judge.listen=0.0.0.0:8081", "judge.tls-listen=0.0.0.0:8443");
    }
}
