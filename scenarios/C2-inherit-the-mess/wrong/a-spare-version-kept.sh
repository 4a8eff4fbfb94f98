#@ mends but spare-version
