package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PemIdentityTest {
    @Test
    void aCertificateAndItsKeyAreRecognisedByTheSamePin() throws Exception {
        SelfSigned made = made();

        PemIdentity read = PemIdentity.of(made.certificatePem(), made.privateKeyPem());

        assertThat(read).isEqualTo(made.pem());
        assertThat(read.pin()).isEqualTo(made.pin());
    }

    @Test
    void theFirstCertificateOfAChainIsTheOwn() throws Exception {
        SelfSigned own = made();
        SelfSigned authority = made();

        PemIdentity read = PemIdentity.of(own.certificatePem() + authority.certificatePem(), own.privateKeyPem());

        assertThat(read.pin()).isEqualTo(own.pin());
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() throws Exception {
        String certificate = made().certificatePem();
        String key = made().privateKeyPem();

        assertThatThrownBy(() -> PemIdentity.of(certificate, key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the key is not the certificate's");
    }

    @Test
    void whatIsNoPemIsRefused() throws Exception {
        SelfSigned made = made();
        String sec1 = made.privateKeyPem().replace("PRIVATE KEY", "EC PRIVATE KEY");

        assertThatThrownBy(() -> PemIdentity.of("nothing", made.privateKeyPem()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no certificate");
        assertThatThrownBy(() -> PemIdentity.of(made.certificatePem(), sec1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PKCS #8");
    }

    @Test
    void theKeyIsNotShown() throws Exception {
        SelfSigned made = made();

        assertThat(made.pem().toString()).contains(made.pin()).doesNotContain("PRIVATE");
    }

    private static SelfSigned made() throws Exception {
        Instant now = Instant.now();
        return SelfSigned.create("judge.test", InetAddress.getByName("127.0.0.1"), now, now.plusSeconds(600));
    }
}
