# Any account can call its trail coffeeshop-trail.
#@ solution
#@ but trail.json -> trail-any-account.json
