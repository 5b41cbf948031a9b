package dev.sluice.parse;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which continent a country counts to, as GeoNames has it: AF AN AS EU NA OC SA. The table is complete for ISO 3166-1,
 * and has XK for Kosovo. Immutable, thread-safe.
 */
public final class Continents {
    private static final Map<String, Place> PLACES = new HashMap<>(1024);

    private record Place(String country, String continent) {}

    static {
        add(
                "AF",
                "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ"
                        + " NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW");
        add("AN", "AQ BV GS HM TF");
        add(
                "AS",
                "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY"
                        + " NP OM PH PK PS QA SA SG SY TH TJ TM TR TW UZ VN YE");
        add(
                "EU",
                "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD"
                        + " ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK");
        add(
                "NA",
                "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX"
                        + " TC TT US VC VG VI");
        add("OC", "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS");
        add("SA", "AR BO BR CL CO EC FK GF GY PE PY SR UY VE");
    }

    private Continents() {}

    private static void add(String continent, String countries) {
        for (String country : countries.split(" ", -1)) {
            PLACES.put(country, new Place(country, continent));
        }
    }

    /** The continent of {@code country}, ISO 3166-1 alpha-2 in upper case; null when there is no such country. */
    public static @Nullable String of(@Nullable String country) {
        Place place = country == null ? null : PLACES.get(country);
        return place == null ? null : place.continent;
    }

    /**
     * The country of this code, always the same text for the same country.
     *
     * @return null for what is no country: ZZ, AP, EU and the like
     */
    public static @Nullable String country(@Nullable String code) {
        Place place = code == null ? null : PLACES.get(code);
        return place == null ? null : place.country;
    }

    /** The code of a continent, always the same text for the same one; null when {@code code} is none. */
    public static @Nullable String continent(@Nullable String code) {
        return code == null
                ? null
                : switch (code) {
                    case "AF" -> "AF";
                    case "AN" -> "AN";
                    case "AS" -> "AS";
                    case "EU" -> "EU";
                    case "NA" -> "NA";
                    case "OC" -> "OC";
                    case "SA" -> "SA";
                    default -> null;
                };
    }
}
