package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.junit.jupiter.api.Test;

class SelfSignedTest {
    @Test
    void theCertificateIsValidAndSignedByItsOwnKey() throws Exception {
        Instant now = Instant.parse("2026-11-21T00:00:00Z");
        SelfSigned made = SelfSigned.create(
                "judge.sluice", InetAddress.getByName("127.0.0.1"), now, now.plus(Duration.ofDays(30)));

        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(
                        new ByteArrayInputStream(made.certificatePem().getBytes(StandardCharsets.US_ASCII)));

        certificate.verify(certificate.getPublicKey());
        certificate.checkValidity(Date.from(now.plusSeconds(1)));
        assertThat(certificate.getPublicKey().getEncoded()).isEqualTo(made.publicKeyDer());
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=judge.sluice");
        assertThat(certificate.getSubjectAlternativeNames().toString()).contains("judge.sluice", "127.0.0.1");
    }
}
