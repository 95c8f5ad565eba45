-- Where the postcodes of some clients lie.
-- Grain: client of client_homes whose postcode is known. Columns: client, district,
-- district_code, region, region_code.
SELECT h.client, p.district, p.district_code, p.region, p.region_code
FROM client_homes AS h
JOIN postcode_places AS p ON p.country = h.country AND p.zip = h.zip
