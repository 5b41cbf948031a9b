package dev.sluice.geo.mmdb;

import com.maxmind.db.MaxMindDbConstructor;
import com.maxmind.db.MaxMindDbParameter;
import dev.sluice.proxy.Location;
import org.jspecify.annotations.Nullable;

/**
 * A record whose fields are records: MaxMind's Country, City and Enterprise, and those of others that follow them. The
 * country is where the address is used; that it is registered in another one is not told.
 *
 * @param continent where it is
 * @param country where it is
 * @param city where it is
 * @param traits of the network
 */
public record NestedRecord(
        @MaxMindDbParameter(name = "continent") @Nullable Continent continent,
        @MaxMindDbParameter(name = "country") @Nullable Country country,
        @MaxMindDbParameter(name = "city") @Nullable City city,
        @MaxMindDbParameter(name = "traits") @Nullable Traits traits)
        implements GeoRecord {
    /** As the reader makes it. */
    @MaxMindDbConstructor
    public NestedRecord {}

    @Override
    public @Nullable Location location(String origin) {
        Names names = city == null ? null : city.names;
        Traits known = traits == null ? Traits.NONE : traits;
        String organisation = Believed.text(known.systemOrganization);
        if (organisation == null) {
            organisation = Believed.text(known.isp);
        }
        return Believed.location(
                Believed.continent(continent == null ? null : continent.code),
                Believed.country(country == null ? null : country.isoCode),
                Believed.text(names == null ? null : names.english),
                Believed.system(known.systemNumber, null),
                organisation,
                Believed.type(
                        Boolean.TRUE.equals(known.hosting),
                        Boolean.TRUE.equals(known.residentialProxy),
                        known.connectionType,
                        known.userType,
                        Believed.text(known.mobileNetworkCode) != null),
                origin);
    }

    /**
     * A continent.
     *
     * @param code as {@code EU}
     */
    public record Continent(
            @MaxMindDbParameter(name = "code") @Nullable String code) {
        /** As the reader makes it. */
        @MaxMindDbConstructor
        public Continent {}
    }

    /**
     * A country.
     *
     * @param isoCode ISO 3166-1
     */
    public record Country(
            @MaxMindDbParameter(name = "iso_code") @Nullable String isoCode) {
        /** As the reader makes it. */
        @MaxMindDbConstructor
        public Country {}
    }

    /**
     * A city.
     *
     * @param names by language
     */
    public record City(
            @MaxMindDbParameter(name = "names") @Nullable Names names) {
        /** As the reader makes it. */
        @MaxMindDbConstructor
        public City {}
    }

    /**
     * Names by language; only one is read.
     *
     * @param english the name in English
     */
    public record Names(
            @MaxMindDbParameter(name = "en") @Nullable String english) {
        /** As the reader makes it. */
        @MaxMindDbConstructor
        public Names {}
    }

    /**
     * What Enterprise and its like say of the network.
     *
     * @param systemNumber autonomous system
     * @param systemOrganization of the autonomous system
     * @param isp access provider
     * @param connectionType as in {@link FlatRecord}
     * @param userType who uses the network
     * @param hosting whether it is a hosting provider's
     * @param residentialProxy whether it is known as the exit of a network of residential proxies
     * @param mobileNetworkCode set for mobile operators
     */
    public record Traits(
            @MaxMindDbParameter(name = "autonomous_system_number") @Nullable
            Long systemNumber,

            @MaxMindDbParameter(name = "autonomous_system_organization") @Nullable
            String systemOrganization,

            @MaxMindDbParameter(name = "isp") @Nullable String isp,

            @MaxMindDbParameter(name = "connection_type") @Nullable
            String connectionType,

            @MaxMindDbParameter(name = "user_type") @Nullable
            String userType,

            @MaxMindDbParameter(name = "is_hosting_provider") @Nullable
            Boolean hosting,

            @MaxMindDbParameter(name = "is_residential_proxy") @Nullable
            Boolean residentialProxy,

            @MaxMindDbParameter(name = "mobile_network_code") @Nullable
            String mobileNetworkCode) {
        static final Traits NONE = new Traits(null, null, null, null, null, null, null, null);

        /** As the reader makes it. */
        @MaxMindDbConstructor
        public Traits {}
    }
}
