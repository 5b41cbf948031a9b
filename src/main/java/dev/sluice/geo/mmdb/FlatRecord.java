package dev.sluice.geo.mmdb;

import com.maxmind.db.MaxMindDbConstructor;
import com.maxmind.db.MaxMindDbParameter;
import dev.sluice.proxy.Location;
import org.jspecify.annotations.Nullable;

/**
 * A record whose fields are values: MaxMind's ASN, ISP, Anonymous-IP, Connection-Type and Residential-Proxy, the databases
 * of ip-location-db and others.
 *
 * @param countryCode ISO 3166-1
 * @param country a code in some databases, a name in others
 * @param continentCode as {@code AF AN AS EU NA OC SA}
 * @param continent a code in some databases, a name in others
 * @param city English name
 * @param systemNumber autonomous system, as MaxMind names it
 * @param systemOrganization of the autonomous system
 * @param asn autonomous system in the form {@code AS64500}
 * @param asName of the autonomous system
 * @param isp access provider
 * @param connectionType {@code Cable/DSL}, {@code Cellular}, {@code Corporate}, {@code Dialup}, {@code Satellite}
 * @param userType who uses the network
 * @param hosting whether it is a hosting provider's
 * @param residentialProxy whether it is known as the exit of a network of residential proxies
 * @param mobileNetworkCode set for mobile operators
 * @param proxyProvider whose residential proxy it is
 */
public record FlatRecord(
        @MaxMindDbParameter(name = "country_code") @Nullable String countryCode,
        @MaxMindDbParameter(name = "country") @Nullable String country,

        @MaxMindDbParameter(name = "continent_code") @Nullable
        String continentCode,

        @MaxMindDbParameter(name = "continent") @Nullable String continent,
        @MaxMindDbParameter(name = "city") @Nullable String city,

        @MaxMindDbParameter(name = "autonomous_system_number") @Nullable
        Long systemNumber,

        @MaxMindDbParameter(name = "autonomous_system_organization") @Nullable
        String systemOrganization,

        @MaxMindDbParameter(name = "asn") @Nullable String asn,
        @MaxMindDbParameter(name = "as_name") @Nullable String asName,
        @MaxMindDbParameter(name = "isp") @Nullable String isp,

        @MaxMindDbParameter(name = "connection_type") @Nullable
        String connectionType,

        @MaxMindDbParameter(name = "user_type") @Nullable String userType,

        @MaxMindDbParameter(name = "is_hosting_provider") @Nullable
        Boolean hosting,

        @MaxMindDbParameter(name = "is_residential_proxy") @Nullable
        Boolean residentialProxy,

        @MaxMindDbParameter(name = "mobile_network_code") @Nullable
        String mobileNetworkCode,

        @MaxMindDbParameter(name = "provider_name") @Nullable
        String proxyProvider)
        implements GeoRecord {
    /** As the reader makes it. */
    @MaxMindDbConstructor
    public FlatRecord {}

    @Override
    public @Nullable Location location(String origin) {
        String code = Believed.country(countryCode);
        if (code == null) {
            code = Believed.country(country);
        }
        String region = Believed.continent(continentCode);
        if (region == null) {
            region = Believed.continent(continent);
        }
        long number = Believed.system(systemNumber, asn);
        String organisation = Believed.text(systemOrganization);
        if (organisation == null) {
            organisation = Believed.text(asName);
        }
        if (organisation == null) {
            organisation = Believed.text(isp);
        }
        boolean residential = Boolean.TRUE.equals(residentialProxy)
                || origin.equals(Kind.RESIDENTIAL_PROXY.text()) && Believed.text(proxyProvider) != null;
        return Believed.location(
                region,
                code,
                Believed.text(city),
                number,
                organisation,
                Believed.type(
                        Boolean.TRUE.equals(hosting),
                        residential,
                        connectionType,
                        userType,
                        Believed.text(mobileNetworkCode) != null),
                origin);
    }
}
